#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace sluice::bench {

/// Where figures were measured: without it they say nothing.
struct machine {
  std::string cpu;
  unsigned cores = 0;
  std::uint64_t memory_mb = 0;
  std::string kernel;
  /// Processes that wanted to run in the minute before, on average.
  double load_before = 0;
};

[[nodiscard]] machine this_machine();

/// "Xeon …, 2 cores, 8000 MB, Linux 6.18, load 0.1 before"
[[nodiscard]] std::string words(const machine& which);

/// Name of the file system that holds a folder: a commit to one in memory costs
/// nothing, and a figure must not hide that.
[[nodiscard]] std::string file_system_of(const std::filesystem::path& folder);

} // namespace sluice::bench
