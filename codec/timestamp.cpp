#include "codec/timestamp.hpp"

#include <array>
#include <cstdio>

namespace sluice::codec {

namespace {

using milliseconds = std::chrono::milliseconds;

std::string format(std::chrono::system_clock::time_point when, bool with_ms) {
  const auto all = std::chrono::floor<milliseconds>(when);
  const auto day = std::chrono::floor<std::chrono::days>(all);
  const auto date = std::chrono::year_month_day{day};
  const auto time = std::chrono::hh_mm_ss{all - day};
  auto text = std::array<char, 48>{};
  auto size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  auto result
      = std::string{text.data(), static_cast<std::size_t>(size < 0 ? 0 : size)};
  if (with_ms) {
    size = std::snprintf(text.data(), text.size(), ".%03d",
                         static_cast<int>(time.subseconds().count()));
    result.append(text.data(), static_cast<std::size_t>(size < 0 ? 0 : size));
  }
  return result + 'Z';
}

} // namespace

std::string format_timestamp(std::chrono::system_clock::time_point when) {
  return format(when, false);
}

std::string format_timestamp_ms(std::chrono::system_clock::time_point when) {
  return format(when, true);
}

} // namespace sluice::codec
