#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

/// Only for what counts: request_bounds, counting_allocator, temporary_files.
namespace sluice::storage {

/// Why SQLite was refused memory.
enum class resource_refusal : std::uint8_t {
  none,
  memory,
  stack,
  time,
};

/// Why SQLite was refused room in a temporary file.
enum class room_refusal : std::uint8_t {
  none,
  share, ///< The request has its share.
  disk,  ///< The disk is full.
};

/// The bounds of what SQLite may hold on one thread.
struct resource_bounds {
  using clock = std::chrono::steady_clock;
  static constexpr auto none = std::numeric_limits<std::int64_t>::max();

  std::int64_t memory_bytes_max = none;
  std::int64_t temporary_bytes_max = none;
  /// The stack grows downwards; 0: no bound.
  std::uintptr_t stack_end = 0;
  clock::time_point until = clock::time_point::max();
  /// Set by another thread where the request is to end before that; null: by
  /// nobody.
  const std::atomic<bool>* is_cancelled = nullptr;

  /// The request should have ended.
  [[nodiscard]] bool is_over() const noexcept {
    return until != clock::time_point::max()
           && ((is_cancelled != nullptr
                && is_cancelled->load(std::memory_order_relaxed))
               || clock::now() >= until);
  }
};

/// What SQLite holds on one thread on behalf of the request that the thread
/// serves, and the bounds. A thread serves one request at a time, and what it
/// allocates for it, it also frees, so no lock is needed.
struct resource_account {
  /// Allocated less freed since the request began. Below 0 where more of what
  /// was there before was freed, such as pages of the cache.
  std::int64_t memory_bytes = 0;
  /// Falls with each allocation; below 0 it is time for a look at the clock.
  std::int64_t until_look = 0;
  /// The size of all temporary files that connections of this thread have
  /// open.
  std::int64_t temporary_bytes = 0;
  resource_bounds bounds;
  /// Who is told, while a statement runs, that SQLite asks for a block which is
  /// larger than `block_bytes_noticed`, and so may hold a longer text than any
  /// before (text_watch).
  std::int64_t block_bytes_noticed = resource_bounds::none;
  void* watcher = nullptr;
  void (*on_larger_block)(void* watcher, std::int64_t bytes) noexcept = nullptr;
  /// The last refusal since the request began.
  resource_refusal refused = resource_refusal::none;
  /// Apart, for SQLite may ask for memory between such a refusal and the error.
  room_refusal refused_room = room_refusal::none;
  /// Reads of databases until the next look at the clock.
  std::int32_t until_read_look = 0;

  /// The account of the thread that asks.
  [[nodiscard]] static resource_account& of_this_thread() noexcept {
    static constinit thread_local auto account = resource_account{};
    return account;
  }
};

} // namespace sluice::storage
