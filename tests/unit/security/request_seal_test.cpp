#include <catch2/catch_test_macros.hpp>

#include "security/request_seal.hpp"

namespace sluice::tests {

using security::request_seal;

TEST_CASE("a sealed reply opens for its request alone", "[security]") {
  const auto seal = request_seal{"the secret of this server"};
  const auto reply = std::string{R"({"token":"secret token"})"};
  const auto sealed = seal.seal(reply, "request");
  CHECK_FALSE(sealed.contains("token"));
  // One line: remembered replies are.
  CHECK_FALSE(sealed.contains('\n'));
  CHECK(seal.open(sealed, "request") == reply);
  CHECK_FALSE(seal.open(sealed, "other request"));
  CHECK_FALSE(request_seal{"another secret"}.open(sealed, "request"));
  CHECK(sealed != seal.seal(reply, "request"));
  CHECK(seal.open(seal.seal("", "request"), "request") == "");
}

TEST_CASE("a changed or cut seal does not open", "[security]") {
  const auto seal = request_seal{"the secret of this server"};
  const auto sealed = seal.seal("reply", "request");
  for (auto i = std::size_t{0}; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    REQUIRE_FALSE(seal.open(changed, "request"));
    REQUIRE_FALSE(seal.open(sealed.substr(0, i), "request"));
  }
}

TEST_CASE("fingerprints tell requests apart, and need the secret",
          "[security]") {
  const auto seal = request_seal{"the secret of this server"};
  const auto one = seal.fingerprint({"login", "payload"});
  CHECK(one == seal.fingerprint({"login", "payload"}));
  CHECK(one
        == request_seal{"the secret of this server"}.fingerprint(
            {"login", "payload"}));
  CHECK(one != seal.fingerprint({"loginp", "ayload"}));
  CHECK(one != seal.fingerprint({"login", "payload", ""}));
  CHECK(one != request_seal{"another"}.fingerprint({"login", "payload"}));
  CHECK(one.bytes.size() == 16);
}

} // namespace sluice::tests
