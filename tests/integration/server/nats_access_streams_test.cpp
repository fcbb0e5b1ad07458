#include "tests/integration/server/nats_handles.hpp"
#include "tests/integration/server/nats_sample.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

/// What the user `service` of config/nats/users.conf needs of JetStream: a
/// stream of events, and one of requests that wait for a server.
namespace sluice::tests {

namespace {

/// A connection as one of the sample's users, with JetStream.
struct stream_user {
  handle<natsConnection> connection;
  handle<jsCtx> streams;

  stream_user(const nats_sample& nats, const std::string& name) {
    const auto settings = nats.settings_of(name);
    natsOptions* options = nullptr;
    REQUIRE(natsOptions_Create(&options) == NATS_OK);
    const auto owner = handle<natsOptions>{options};
    REQUIRE(natsOptions_SetURL(options, nats.url().c_str()) == NATS_OK);
    REQUIRE(natsOptions_SetSecure(options, true) == NATS_OK);
    REQUIRE(natsOptions_LoadCATrustedCertificates(options,
                                                  settings.tls_ca_file.c_str())
            == NATS_OK);
    REQUIRE(natsOptions_SetUserInfo(options, settings.user.c_str(),
                                    settings.password.c_str())
            == NATS_OK);
    REQUIRE(
        natsOptions_SetCustomInboxPrefix(options, settings.inbox_prefix.c_str())
        == NATS_OK);
    natsConnection* made = nullptr;
    REQUIRE(natsConnection_Connect(&made, options) == NATS_OK);
    connection.reset(made);
    jsCtx* context = nullptr;
    auto bounds = jsOptions{};
    REQUIRE(jsOptions_Init(&bounds) == NATS_OK);
    bounds.Wait = 5'000;
    REQUIRE(natsConnection_JetStream(&context, made, &bounds) == NATS_OK);
    streams.reset(context);
  }

  natsStatus add_stream(const char* name, const char* subject) {
    auto stream = jsStreamConfig{};
    REQUIRE(jsStreamConfig_Init(&stream) == NATS_OK);
    stream.Name = name;
    stream.Subjects = &subject;
    stream.SubjectsLen = 1;
    return js_AddStream(nullptr, streams.get(), &stream, nullptr, nullptr);
  }

  natsStatus publish(const char* subject) {
    return js_Publish(nullptr, streams.get(), subject, "{}", 2, nullptr,
                      nullptr);
  }
};

/// Takes one request out of the stream as a durable consumer, and confirms it.
void consume_one(stream_user& service) {
  natsSubscription* pulled = nullptr;
  REQUIRE(js_PullSubscribe(&pulled, service.streams.get(), "sluice.durable.>",
                           "worker", nullptr, nullptr, nullptr)
          == NATS_OK);
  const auto owner = handle<natsSubscription>{pulled};
  auto messages = natsMsgList{};
  REQUIRE(natsSubscription_Fetch(&messages, pulled, 1, 10'000, nullptr)
          == NATS_OK);
  REQUIRE(messages.Count == 1);
  CHECK(natsMsg_AckSync(messages.Msgs[0], nullptr, nullptr) == NATS_OK);
  natsMsgList_Destroy(&messages);
}

} // namespace

TEST_CASE("Sluice's user keeps the streams of events and of durable requests") {
  const auto nats = nats_sample{};
  auto service = stream_user{nats, "service"};
  CHECK(service.add_stream("SLUICE_EVENTS", "sluice.events.>") == NATS_OK);
  CHECK(service.add_stream("SLUICE_REQUESTS", "sluice.durable.>") == NATS_OK);
  CHECK(service.add_stream("SLUICE_DEAD", "sluice.dead.>") == NATS_OK);
  CHECK(service.publish("sluice.events.app.posts.insert") == NATS_OK);
  auto admin = stream_user{nats, "admin"};
  CHECK(admin.publish("sluice.durable.users.create") == NATS_OK);
  consume_one(service);
  CHECK(service.publish("sluice.dead.users.create") == NATS_OK);
  jsStreamInfo* info = nullptr;
  REQUIRE(js_GetStreamInfo(&info, service.streams.get(), "SLUICE_DEAD", nullptr,
                           nullptr)
          == NATS_OK);
  CHECK(info->State.Msgs == 1);
  jsStreamInfo_Destroy(info);
}

} // namespace sluice::tests
