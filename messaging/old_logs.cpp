#include "messaging/old_logs.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <vector>

namespace sluice::messaging {

namespace {

namespace fs = std::filesystem;

/// nats-server.log.2026.11.24.20.02.57.123456789
bool is_old_log(const std::string& name, const std::string& log_name) {
  const auto begin = log_name + ".";
  const auto tail = name.substr(std::min(begin.size(), name.size()));
  return name.starts_with(begin) && !tail.empty()
         && tail.find_first_not_of("0123456789.") == tail.npos;
}

} // namespace

void remove_old_logs(const std::string& log_file, std::size_t keep) noexcept {
  try {
    const auto path = fs::path{log_file};
    auto problem = std::error_code{};
    auto old = std::vector<fs::path>{};
    for (auto entry = fs::directory_iterator{path.parent_path(), problem};
         !problem && entry != fs::directory_iterator{};
         entry.increment(problem))
      if (is_old_log(entry->path().filename(), path.filename()))
        old.push_back(entry->path());
    if (old.size() <= keep)
      return;
    std::ranges::sort(old);
    old.resize(old.size() - keep);
    for (const auto& file : old)
      fs::remove(file, problem);
  } catch (const std::exception&) {
    // Out of memory; there is a next time.
    return;
  }
}

} // namespace sluice::messaging
