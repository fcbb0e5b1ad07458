#pragma once

#include "config/settings.hpp"
#include "services/service_request.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::actors {

/// Replies of reads that may be given again while nothing has changed:
/// analytics. Exact: a reply is good only for the commit number that the
/// database had before it was read, and, where the clock has a say in it, for a
/// bounded time (docs/adr/0021). Bounded: the least recently used go. Shared by
/// all readers; any thread.
class result_cache {
public:
  using clock = std::chrono::steady_clock;

  explicit result_cache(const config::service_settings& bounds);

  /// What a reply is found by.
  struct key {
    /// Of the database, the operation and its arguments.
    std::string text;
    std::uint64_t commit_number = 0;
    bool is_timed = false;
  };
  /// @return nothing for a request whose reply is not kept.
  [[nodiscard]] static std::optional<key>
  key_of(const services::service_request& request,
         std::string_view database_uuid, std::uint64_t commit_number);

  /// A copy of the reply; counts a hit or a miss.
  [[nodiscard]] std::optional<std::string> find(const key& wanted,
                                                clock::time_point now);
  void keep(const key& of, std::string_view body, clock::time_point now);

  [[nodiscard]] std::uint64_t hits() const noexcept {
    return hits_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t misses() const noexcept {
    return misses_.load(std::memory_order_relaxed);
  }

private:
  struct entry {
    std::string text;
    std::uint64_t commit_number = 0;
    clock::time_point made_at;
    std::string body;
  };
  using entry_list = std::list<entry>;

  [[nodiscard]] static std::size_t bytes_of(const entry& x) noexcept;
  void erase(entry_list::iterator x);

  std::size_t bytes_max_;
  std::chrono::milliseconds age_max_;
  std::mutex mutex_;
  /// Most recently used first.
  entry_list entries_;
  /// The keys are views of the entries' texts.
  std::unordered_map<std::string_view, entry_list::iterator> index_;
  std::size_t bytes_ = 0;
  std::atomic<std::uint64_t> hits_ = 0;
  std::atomic<std::uint64_t> misses_ = 0;
};

} // namespace sluice::actors
