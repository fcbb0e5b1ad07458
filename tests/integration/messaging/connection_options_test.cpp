#include "messaging/connection_options.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using messaging::without_credentials;

TEST_CASE("an address is shown without user and password") {
  CHECK(without_credentials("nats://127.0.0.1:4222")
        == "nats://127.0.0.1:4222");
  CHECK(without_credentials("nats://ann:secret@127.0.0.1:4222")
        == "nats://127.0.0.1:4222");
  CHECK(without_credentials("tls://token@nats.example.org:4222")
        == "tls://nats.example.org:4222");
  CHECK(without_credentials("ann:secret@127.0.0.1:4222") == "127.0.0.1:4222");
  CHECK(without_credentials("127.0.0.1:4222") == "127.0.0.1:4222");
  CHECK(without_credentials("nats://[::1]:4222") == "nats://[::1]:4222");
  CHECK(without_credentials("nats://ann:se@cret@[::1]:4222")
        == "nats://[::1]:4222");
  CHECK(without_credentials("").empty());
}

TEST_CASE("each of several addresses is shown without its password") {
  CHECK(without_credentials("nats://a:1@one:4222,nats://b:2@two:4222")
        == "nats://one:4222,nats://two:4222");
  CHECK(without_credentials("nats://one:4222,tls://b:2@two:4222,c:3@three")
        == "nats://one:4222,tls://two:4222,three");
  CHECK(without_credentials("nats://one:4222,nats://two:4222")
        == "nats://one:4222,nats://two:4222");
}

TEST_CASE("TLS is asked for by the setting or by an address") {
  CHECK(!messaging::wants_tls({}, "nats://127.0.0.1:4222"));
  CHECK(messaging::wants_tls({}, "tls://127.0.0.1:4222"));
  CHECK(messaging::wants_tls({}, "nats://one:4222,tls://two:4222"));
  auto settings = config::nats_settings{};
  settings.tls = true;
  CHECK(messaging::wants_tls(settings, "nats://127.0.0.1:4222"));
}

} // namespace sluice::tests
