#include "codec/error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <set>

namespace sluice::codec {

namespace {

struct row {
  error_code code;
  const char* name;
  int number;
  bool retryable;
};

/// The table "Replies and errors" of the protocol.
constexpr auto table = std::array{
    row{error_code::bad_request, "bad_request", 400, false},
    row{error_code::sql_error, "sql_error", 400, false},
    row{error_code::not_authorized, "not_authorized", 403, false},
    row{error_code::unauthenticated, "unauthenticated", 401, false},
    row{error_code::not_found, "not_found", 404, false},
    row{error_code::conflict, "conflict", 409, false},
    row{error_code::constraint, "constraint", 422, false},
    row{error_code::too_large, "too_large", 413, false},
    row{error_code::overloaded, "overloaded", 429, true},
    row{error_code::timeout, "timeout", 504, false},
    row{error_code::unavailable, "unavailable", 503, true},
    row{error_code::storage, "storage", 500, false},
    row{error_code::internal, "internal", 500, false},
};

} // namespace

TEST_CASE("every error code has the protocol's name and number",
          "[codec][error]") {
  REQUIRE(table.size() == static_cast<std::size_t>(error_code::count_));
  auto names = std::set<std::string_view>{};
  for (const auto& [code, expected_name, expected_number, retryable] : table) {
    CAPTURE(expected_name);
    CHECK(name(code) == expected_name);
    CHECK(number(code) == expected_number);
    CHECK(is_retryable(code) == retryable);
    names.insert(name(code));
  }
  CHECK(names.size() == table.size());
}

TEST_CASE("error_body has the four members of the protocol", "[codec][error]") {
  CHECK(error_body({error_code::not_found, "no such database: app"})
        == R"({"success":false,"error":"no such database: app",)"
           R"("code":"not_found","retryable":false})");
  CHECK(error_body({error_code::overloaded, ""})
        == R"({"success":false,"error":"","code":"overloaded",)"
           R"("retryable":true})");
}

TEST_CASE("error_body escapes the message", "[codec][error]") {
  CHECK(error_body({error_code::internal, "a\"b\\c\n\x01"
                                          "d"})
        == R"({"success":false,"error":"a\"b\\c\n\u0001d",)"
           R"("code":"internal","retryable":false})");
}

TEST_CASE("error_body mends a message that is not UTF-8", "[codec][error]") {
  CHECK(error_body({error_code::sql_error, "near \"\xff\xc3\""})
        == "{\"success\":false,\"error\":\"near \\\"\xef\xbf\xbd\xef\xbf\xbd"
           "\\\"\",\"code\":\"sql_error\",\"retryable\":false}");
}

TEST_CASE("error_body shortens a long message", "[codec][error]") {
  const auto body_of = [](std::string message) {
    return error_body({error_code::conflict, std::move(message)});
  };
  const auto longest = std::string(error_message_bytes_max, 'x');
  CHECK(body_of(longest).contains("\"" + longest + "\""));
  CHECK(body_of(longest + "y").contains("\"" + longest + "…\""));
  // Between characters.
  auto split = std::string(error_message_bytes_max - 1, 'x');
  CHECK(body_of(split + "äy").contains("\"" + split + "…\""));
  CHECK(body_of(std::string(1'000'000, '\x80')).size() < 20'000);
}

TEST_CASE("fail carries its code and message", "[codec][error]") {
  const result<int> failed = fail(error_code::conflict, "taken");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == error_code::conflict);
  CHECK(failed.error().message == "taken");
}

} // namespace sluice::codec
