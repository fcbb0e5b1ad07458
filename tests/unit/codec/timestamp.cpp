#include "codec/timestamp.hpp"

#include <catch2/catch_test_macros.hpp>

#include <clocale>
#include <cstdlib>

namespace sluice::codec {
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::system_clock;

clock_type::time_point at(std::int64_t ms) {
  return clock_type::time_point{std::chrono::milliseconds{ms}};
}

} // namespace

TEST_CASE("format_timestamp writes UTC in seconds", "[codec][timestamp]") {
  CHECK(format_timestamp(at(0)) == "1970-01-01T00:00:00Z");
  CHECK(format_timestamp(at(1'795'518'500'123)) == "2026-11-24T11:08:20Z");
  CHECK(format_timestamp(at(951'827'696'000)) == "2000-02-29T12:34:56Z");
  CHECK(format_timestamp(at(4'107'542'399'999)) == "2100-02-28T23:59:59Z");
}

TEST_CASE("format_timestamp_ms writes three digits of the second",
          "[codec][timestamp]") {
  CHECK(format_timestamp_ms(at(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(format_timestamp_ms(at(7)) == "1970-01-01T00:00:00.007Z");
  CHECK(format_timestamp_ms(at(1'795'518'500'120))
        == "2026-11-24T11:08:20.120Z");
  CHECK(format_timestamp_ms(at(999) + 999us) == "1970-01-01T00:00:00.999Z");
}

TEST_CASE("times before 1970 round down, not towards 1970",
          "[codec][timestamp]") {
  CHECK(format_timestamp(at(-1)) == "1969-12-31T23:59:59Z");
  CHECK(format_timestamp_ms(at(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(format_timestamp_ms(at(0) - 1us) == "1969-12-31T23:59:59.999Z");
  CHECK(format_timestamp(at(-14'182'980'000)) == "1969-07-20T20:17:00Z");
  CHECK(format_timestamp(at(-2'208'988'800'000)) == "1900-01-01T00:00:00Z");
}

TEST_CASE("neither TZ nor the locale changes a timestamp",
          "[codec][timestamp]") {
  const auto* before = std::getenv("TZ");
  const auto zone = std::string{before != nullptr ? before : ""};
  ::setenv("TZ", "Asia/Kathmandu", 1);
  std::setlocale(LC_ALL, "");
  const auto text = format_timestamp_ms(at(86'399'999));
  std::setlocale(LC_ALL, "C");
  if (before != nullptr)
    ::setenv("TZ", zone.c_str(), 1);
  else
    ::unsetenv("TZ");
  CHECK(text == "1970-01-01T23:59:59.999Z");
}

} // namespace sluice::codec
