#include <catch2/catch_test_macros.hpp>
#include <sodium.h>

#include <array>

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
