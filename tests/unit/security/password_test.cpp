#include <catch2/catch_test_macros.hpp>
#include <sodium.h>

#include <array>
#include <cstdint>
#include <string>

#include "security/password.hpp"

namespace sluice::tests {

namespace {

using security::password_scheme;

/// The least that the settings allow.
constexpr auto cheap
    = security::password_cost{.memory_bytes = 8u << 20, .passes = 1};

} // namespace

TEST_CASE("a password has 8 to 1024 bytes", "[security]") {
  CHECK(security::check_password("12345678", "password"));
  CHECK(security::check_password(std::string(1'024, 'x'), "password"));
  // Bytes, not characters.
  CHECK(security::check_password("ääää", "password"));
  for (const auto& wrong :
       {std::string{}, std::string{"1234567"}, std::string(1'025, 'x')}) {
    const auto checked = security::check_password(wrong, "new_password");
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == codec::error_code::bad_request);
    CHECK(checked.error().message
          == "the field 'new_password' must have 8 to 1024 bytes");
  }
}

TEST_CASE("a password is hashed with Argon2id and its cost", "[security]") {
  const auto scheme = password_scheme{cheap};
  const auto stored = scheme.hash("correct horse").value();
  CHECK(stored.starts_with("$argon2id$v=19$m=8192,t=1,p=1$"));
  CHECK_FALSE(stored.contains("horse"));
  CHECK(stored != scheme.hash("correct horse").value());
  CHECK(scheme.verify(stored, "correct horse") == true);
  CHECK(scheme.verify(stored, "correct hors") == false);
  CHECK(scheme.verify(stored, "") == false);
}

TEST_CASE("all of a password counts, NUL and what follows it too",
          "[security]") {
  const auto scheme = password_scheme{cheap};
  const auto password = std::string{"12345678\0abc", 12};
  const auto stored = scheme.hash(password).value();
  CHECK(scheme.verify(stored, password) == true);
  CHECK(scheme.verify(stored, password.substr(0, 8)) == false);
  const auto longest = std::string(1'024, 'x');
  CHECK(scheme.verify(scheme.hash(longest).value(),
                      longest.substr(0, 1'023) + "y")
        == false);
}

TEST_CASE("what is no hash takes one computation and is nobody's",
          "[security]") {
  const auto scheme = password_scheme{cheap};
  const auto good = scheme.hash("password").value();
  const auto before = scheme.operations();
  auto count = std::uint64_t{0};
  for (const auto& stored :
       {std::string{}, std::string{"password"}, std::string{"$argon2id$"},
        std::string{"$argon2i$v=19$m=8192,t=1,p=1$AAAAAAAAAAA$AAAA"},
        std::string{"$2b$12$abcdefghijklmnopqrstuv"},
        good.substr(0, good.size() / 2), good + good,
        // What it would take is more than a server has.
        std::string{"$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAA$AAAA"},
        std::string{"$argon2id$v=19$m=8192,t=4294967295,p=1$AAAAAAAAAAA$AAAA"},
        std::string{"$argon2id$v=19$m=8192,t=1,p=64$AAAAAAAAAAA$AAAA"},
        std::string{"$argon2id$v=19$m=8192,t=0,p=1$AAAAAAAAAAA$AAAA"}}) {
    CAPTURE(stored);
    CHECK(scheme.verify(stored, "password") == false);
    CHECK(scheme.operations() == before + ++count);
  }
}

TEST_CASE("a stored hash that costs far more than the scheme is not computed",
          "[security]") {
  const auto scheme = password_scheme{security::password_cost{}};
  const auto encoded = [](const char* cost) {
    return "$argon2id$v=19$" + std::string{cost}
           + ",p=1$c29tZXNhbHRzb21lc2FsdA$" + std::string(43, 'A');
  };
  // 64 MiB and two passes; four times as much is the most.
  for (const auto* dear :
       {"m=262145,t=1", "m=65536,t=9", "m=1048576,t=8", "m=8192,t=65"}) {
    CAPTURE(dear);
    CHECK(scheme.costs_too_much(encoded(dear)));
  }
  for (const auto* fair :
       {"m=262144,t=2", "m=65536,t=8", "m=8192,t=64", "m=65536,t=2"}) {
    CAPTURE(fair);
    CHECK_FALSE(scheme.costs_too_much(encoded(fair)));
  }
  // Where the settings are lower, the default cost is computed all the same.
  const auto weak = password_scheme{cheap};
  CHECK_FALSE(weak.costs_too_much(encoded("m=65536,t=2")));
  CHECK(weak.costs_too_much(encoded("m=65537,t=2")));
  CHECK(weak.costs_too_much(encoded("m=65536,t=3")));
  CHECK_FALSE(weak.costs_too_much("no hash"));
  const auto before = weak.work_kib();
  CHECK(weak.verify(encoded("m=1048576,t=8"), "password") == false);
  CHECK(weak.work_kib() - before == 8'192);
}

TEST_CASE("a wrong password takes as much work whatever is stored",
          "[security]") {
  const auto old = password_scheme{cheap}.hash("password").value();
  const auto newer = security::password_cost{
      .memory_bytes = 3 * cheap.memory_bytes, .passes = 2};
  const auto scheme = password_scheme{newer};
  const auto present = scheme.hash("password").value();
  const auto work = std::uint64_t{3} * 8'192 * 2;
  auto before = scheme.work_kib();
  for (const auto& stored : {old, present, std::string{}, std::string{"x"}}) {
    CAPTURE(stored);
    CHECK(scheme.verify(stored, "a guess") == false);
    CHECK(scheme.work_kib() - before == work);
    before = scheme.work_kib();
  }
  CHECK(scheme.verify(old, "password") == true);
  CHECK(scheme.work_kib() - before == 8'192);
}

TEST_CASE("the cost of a stored hash shows whether it is up to date",
          "[security]") {
  const auto weak = password_scheme{cheap};
  const auto strong
      = password_scheme{{.memory_bytes = cheap.memory_bytes, .passes = 2}};
  const auto stored = weak.hash("password").value();
  CHECK_FALSE(weak.is_outdated(stored));
  CHECK(strong.is_outdated(stored));
  // It is verified with its own cost.
  CHECK(strong.verify(stored, "password") == true);
  CHECK_FALSE(strong.is_outdated(strong.hash("password").value()));
}

TEST_CASE("memory that is not there is said, not taken for a wrong password",
          "[security]") {
  const auto huge
      = password_scheme{{.memory_bytes = std::uint64_t{1} << 46, .passes = 1}};
  const auto hashed = huge.hash("password");
  REQUIRE_FALSE(hashed);
  CHECK(hashed.error().code == codec::error_code::overloaded);
}

} // namespace sluice::tests
