#include "services/running.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::tests {

TEST_CASE("a cancellation names the request by its id", "[services][running]") {
  const auto id = services::decode_cancel({{"id", std::string{"1f"}}});
  REQUIRE(id);
  CHECK(*id == "1f");
  CHECK_FALSE(services::decode_cancel({}));
  CHECK_FALSE(services::decode_cancel({{"id", std::string{}}}));
  CHECK_FALSE(services::decode_cancel({{"id", std::int64_t{7}}}));
  const auto unknown = services::decode_cancel({{"ids", std::string{"1f"}}});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message == "unknown field 'ids'; known is id");
}

TEST_CASE("a list of what runs has no fields", "[services][running]") {
  CHECK(services::decode_running({}));
  CHECK_FALSE(services::decode_running({{"id", std::string{"1f"}}}));
}

TEST_CASE("a running request shows the beginning of its text",
          "[services][running]") {
  CHECK(services::running_excerpt("SELECT 1") == "SELECT 1");
  const auto whole = std::string(services::running_sql_bytes_max, 'x');
  CHECK(services::running_excerpt(whole) == whole);
  CHECK(services::running_excerpt(whole + "y") == whole + "\u2026");
  // Not in the middle of a character.
  const auto cut = whole.substr(1) + "\u00e4";
  CHECK(services::running_excerpt(cut) == whole.substr(1) + "\u2026");
}

TEST_CASE("what runs is listed with what waits", "[services][running]") {
  const auto listed = std::array{
      services::running_request{.id = "1f",
                                .sql = "SELECT \"x\"",
                                .ran = std::chrono::milliseconds{12},
                                .kind = "stream",
                                .is_waiting = true}};
  CHECK(services::encode_running(listed, 3)
        == R"({"success":true,"running":[{"id":"1f","sql":"SELECT \"x\"",)"
           R"("ms":12,"kind":"stream","waiting":true}],"queued":3})");
}

} // namespace sluice::tests
