#include "bench/machine.hpp"

#include <spdlog/fmt/fmt.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>

namespace sluice::bench {

namespace {

/// The value of the first line "key   : value" of a file.
std::string value_in(const char* path, std::string_view key) {
  auto file = std::ifstream{path};
  for (auto line = std::string{}; std::getline(file, line);) {
    if (!line.starts_with(key))
      continue;
    const auto colon = line.find(':');
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    if (colon != std::string::npos && begin != std::string::npos)
      return line.substr(begin);
  }
  return {};
}

std::string kernel_words() {
  auto name = utsname{};
  if (::uname(&name) != 0)
    return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::uint64_t memory_mb() {
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_size = ::sysconf(_SC_PAGESIZE);
  if (pages < 0 || page_size < 0)
    return 0;
  return static_cast<std::uint64_t>(pages)
         * static_cast<std::uint64_t>(page_size) / (1u << 20u);
}

double load_before() {
  auto load = 0.0;
  return ::getloadavg(&load, 1) == 1 ? load : 0.0;
}

} // namespace

machine this_machine() {
  auto cpu = value_in("/proc/cpuinfo", "model name");
  if (cpu.empty())
    cpu = "unknown processor";
  return {.cpu = std::move(cpu),
          .cores = std::max(1u, std::thread::hardware_concurrency()),
          .memory_mb = memory_mb(),
          .kernel = kernel_words(),
          .load_before = load_before()};
}

std::string words(const machine& which) {
  return fmt::format("{}, {} cores, {} MB, {}, load {:.1f} before", which.cpu,
                     which.cores, which.memory_mb, which.kernel,
                     which.load_before);
}

std::string file_system_of(const std::filesystem::path& folder) {
  struct statfs facts{};
  if (::statfs(folder.c_str(), &facts) != 0)
    return "an unknown file system";
  // The magic numbers of statfs(2).
  switch (static_cast<std::uint32_t>(facts.f_type)) {
  case 0xEF53u:
    return "ext4";
  case 0x58465342u:
    return "xfs";
  case 0x9123683Eu:
    return "btrfs";
  case 0x2FC12FC1u:
    return "zfs";
  case 0x794C7630u:
    return "overlayfs";
  case 0x01021994u:
    return "tmpfs (in memory: commits cost nothing)";
  default:
    return fmt::format("file system {:#x}",
                       static_cast<std::uint32_t>(facts.f_type));
  }
}

} // namespace sluice::bench
