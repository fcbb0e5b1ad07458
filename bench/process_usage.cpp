#include "bench/process_usage.hpp"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sluice::bench {

namespace {

/// What stands behind the name of the program, which may hold anything, in
/// /proc/PID/stat: the third field and those after it, see proc(5).
std::istringstream fields_of(int process) {
  auto file = std::ifstream{fmt::format("/proc/{}/stat", process)};
  auto all = std::string{};
  std::getline(file, all);
  const auto name_end = all.rfind(')');
  return std::istringstream{
      name_end == std::string::npos ? std::string{} : all.substr(name_end + 1)};
}

void skip(std::istringstream& fields, int count) {
  for (auto field = std::string{}; count > 0; --count)
    fields >> field;
}

std::uint64_t per_second(int setting) {
  return static_cast<std::uint64_t>(std::max(::sysconf(setting), 1L));
}

} // namespace

process_usage usage_of(int process) {
  static const auto ticks = per_second(_SC_CLK_TCK);
  static const auto page_bytes
      = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
  auto fields = fields_of(process);
  // State (3) to cmajflt (13); then utime, stime; cutime (16) to vsize (23).
  auto user = std::uint64_t{0};
  auto system = std::uint64_t{0};
  auto pages = std::uint64_t{0};
  skip(fields, 11);
  fields >> user >> system;
  skip(fields, 8);
  fields >> pages;
  const auto cpu = std::chrono::nanoseconds{
      static_cast<std::int64_t>((user + system) * 1'000'000'000u / ticks)};
  return {.resident_bytes = pages * page_bytes, .cpu = cpu};
}

std::optional<int> child_of(int process) {
  auto error = std::error_code{};
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc", error}) {
    const auto name = entry.path().filename().string();
    auto candidate = 0;
    const auto* const end = name.data() + name.size();
    if (std::from_chars(name.data(), end, candidate).ptr != end)
      continue;
    auto fields = fields_of(candidate);
    auto parent = 0;
    skip(fields, 1);
    fields >> parent;
    if (parent == process)
      return candidate;
  }
  return std::nullopt;
}

} // namespace sluice::bench
