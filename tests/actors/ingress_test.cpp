#include "actors/ingress.hpp"
#include "tests/actors/serving_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

/// A request as NATS brings it.
struct message : messaging::inbound_message {
  std::string to;
  std::string answer;
  std::string database = {};

  message(std::string subject_in, std::string reply_in)
      : to{std::move(subject_in)}, answer{std::move(reply_in)} {
    // nop
  }
  [[nodiscard]] std::string_view subject() const noexcept override {
    return to;
  }
  [[nodiscard]] std::string_view reply_to() const noexcept override {
    return answer;
  }
  [[nodiscard]] std::string_view payload() const noexcept override {
    return "{\"sql\":\"SELECT 1\"}";
  }
  [[nodiscard]] std::string_view
  header(const char* name) const noexcept override {
    return std::string_view{name} == "Sluice-Database"
               ? std::string_view{database}
               : std::string_view{};
  }
  [[nodiscard]] messaging::owned_message copy() const override {
    return {to, std::string{payload()}, {}};
  }
};

struct ingress_fixture : serving_fixture {
  actors::ingress make_ingress(actors::admission& gate, std::string prefix) {
    return actors::ingress{{.context = context,
                            .streams = replies,
                            .admitted = gate,
                            .identity = {},
                            .catalog = {},
                            .prefix = std::move(prefix)}};
  }
};

} // namespace

TEST_CASE_METHOD(ingress_fixture,
                 "while NATS does not take replies, requests are refused and "
                 "health is told",
                 "[actors][ingress]") {
  auto gate = actors::admission{10, 10'000};
  auto in = make_ingress(gate, "sluice");
  sink.set_congested(true);
  in.on_message(message{"sluice.db.app.query", "a"});
  CHECK(sink.only("a").failed_with("overloaded"));
  CHECK(sink.only("a").body.contains("nats.unsent_bytes_max"));
  CHECK(gate.requests() == 0);
  in.on_message(message{"sluice.health", "b"});
  CHECK(sink.only("b").succeeded());
}

TEST_CASE_METHOD(ingress_fixture,
                 "that a request was refused for want of room is told until "
                 "the next one comes",
                 "[actors][ingress]") {
  auto full = actors::admission{0, 0};
  auto in = make_ingress(full, "sluice");
  CHECK_FALSE(in.has_refused());
  in.on_message(message{"sluice.db.app.query", "a"});
  CHECK(sink.only("a").failed_with("overloaded"));
  CHECK(in.has_refused());
  in.on_message(message{"sluice.health", "b"});
  CHECK(sink.only("b").succeeded());
  CHECK_FALSE(in.has_refused());
}

TEST_CASE_METHOD(ingress_fixture,
                 "a request whose reply may not be sent is counted, and not "
                 "executed",
                 "[actors][ingress]") {
  auto few = actors::admission{10, 10'000};
  auto in = make_ingress(few, "sluice");
  auto refused = std::uint64_t{0};
  for (const auto* answer :
       {"$JS.API.STREAM.PURGE.SLUICE_EVENTS", "sluice.events.app.users.delete",
        "sluice.partition.3.db.app.exec"})
    for (const auto* subject : {"sluice.health", "sluice.db.app.unknown"}) {
      in.on_message(message{subject, answer});
      CHECK(sink.all().empty());
      CHECK(in.received() == ++refused);
      CHECK(counters.replies_refused() == refused);
    }
  in.answer_discovery(message{"$SRV.PING", "$SRV.PING"});
  CHECK(sink.all().empty());
  CHECK(counters.replies_refused() == refused + 1);
  in.on_message(message{"sluice.health", "_INBOX.b"});
  CHECK(sink.only("_INBOX.b").succeeded());
}

TEST_CASE_METHOD(ingress_fixture,
                 "the header of a service's request names no database but "
                 "those that a setting lists",
                 "[actors][ingress]") {
  settings.services.databases = "one, two";
  auto full = actors::admission{0, 0};
  auto in = make_ingress(full, "sluice");
  const auto ask = [&](const std::string& database, const std::string& reply) {
    auto request = message{"sluice.users.list", reply};
    request.database = database;
    in.on_message(request);
    return sink.only(reply);
  };
  // The next refusal: there is no room.
  for (const auto* allowed : {"", "app", "one", "two"})
    CHECK(ask(allowed, std::string{"r"} + allowed).failed_with("overloaded"));
  const auto refused = ask("three", "other");
  CHECK(refused.failed_with("not_authorized"));
  CHECK(refused.body.contains("services.databases"));
  CHECK(ask("*", "star").failed_with("bad_request"));
  settings.services.databases = "*";
  auto open = make_ingress(full, "sluice");
  auto request = message{"sluice.users.list", "any"};
  request.database = "three";
  open.on_message(request);
  CHECK(sink.only("any").failed_with("overloaded"));
}

TEST_CASE_METHOD(ingress_fixture,
                 "a way in with another prefix takes the same requests",
                 "[actors][ingress]") {
  auto full = actors::admission{0, 0};
  auto in = make_ingress(full, "sluice.partition.3");
  in.on_message(message{"sluice.partition.3.db.app.query", "a"});
  CHECK(sink.only("a").failed_with("overloaded"));
  in.on_message(message{"sluice.partition.3.db.app.unknown", "b"});
  CHECK(sink.only("b").failed_with("not_found"));
  CHECK(sink.only("b").body.contains("subject sluice.db.app.unknown"));
}

} // namespace sluice::tests
