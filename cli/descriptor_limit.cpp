#include "cli/descriptor_limit.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>

namespace sluice::cli {

namespace {

/// A container's hard limit may be a billion, which no one needs, and which
/// programs that walk through all numbers would suffer from.
constexpr auto raised_max = rlim_t{1'048'576};

/// A database and its WAL; a writer has the shared memory and a temporary file
/// besides.
constexpr auto per_reader_connection = std::uint64_t{2};
constexpr auto per_writer = std::uint64_t{4};
/// Sockets, their event loops, the catalogue, logs, dumps.
constexpr auto others = std::uint64_t{128};

} // namespace

std::uint64_t raise_descriptor_limit() noexcept {
  auto limit = rlimit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = std::max(before, std::min(limit.rlim_max, raised_max));
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

std::uint64_t descriptors_wanted(const config::settings& settings,
                                 std::size_t readers) noexcept {
  return others + settings.databases.writers_max * per_writer
         + readers * settings.readers.connections_max * per_reader_connection;
}

void provide_descriptors(const config::settings& settings,
                         std::size_t readers) {
  const auto limit = raise_descriptor_limit();
  const auto wanted = descriptors_wanted(settings, readers);
  spdlog::debug("at most {} files may be open, about {} are wanted", limit,
                wanted);
  if (limit < wanted)
    spdlog::warn("at most {} files may be open (ulimit -Hn), but "
                 "databases.writers_max = {} with {} readers of "
                 "readers.connections_max = {} may want {}: raise the limit, "
                 "or lower these settings",
                 limit, settings.databases.writers_max, readers,
                 settings.readers.connections_max, wanted);
}

} // namespace sluice::cli
