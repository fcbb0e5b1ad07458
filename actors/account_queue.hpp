#pragma once

#include "actors/account_turns.hpp"
#include "actors/interfaces.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice::actors {

/// Requests that wait for a thread which hashes passwords or checks signatures.
/// They are taken in turns. Beyond its bound they are refused at once: those of
/// whoever has the most waiting, so that no database and no source can fill it.
/// Any thread.
class account_queue {
public:
  using clock = std::chrono::steady_clock;

  /// @param waiting_max requests that may wait, those in work not among them.
  explicit account_queue(std::size_t waiting_max) noexcept;

  /// Makes a worker known. Call for all of them before the first `push`.
  /// @return its index, for `pop`.
  std::size_t add_worker(account_worker_actor worker);

  /// Puts another actor in a dead worker's place.
  void replace_worker(std::size_t index, account_worker_actor worker);

  /// Queues a request and wakes an idle worker if there is one. Where there is
  /// no room any more it answers `overloaded` to the request, or to another one
  /// in whose place it comes; after `close` `unavailable`.
  /// @param full what to answer without room.
  void push(job_ptr work, const codec::error& full);

  /// The next request for the worker `index`.
  /// @return null where there is none: from then on the worker counts as idle.
  [[nodiscard]] job_ptr pop(std::size_t index);

  /// Keeps a request that is to go on after the delay. Whoever holds it sends
  /// itself `release`; for one that dies, its replacement is sent it.
  /// @return its number, for `release`; 0 after `close`: it was answered.
  [[nodiscard]] std::uint64_t hold(job_ptr work, clock::duration delay);

  /// @return null if nothing is held under that number.
  [[nodiscard]] job_ptr release(std::uint64_t number);

  [[nodiscard]] std::size_t size() const;
  /// How many requests were refused because it was full.
  [[nodiscard]] std::uint64_t refused() const;

  /// Forgets the workers' addresses, so that they can end, and answers all that
  /// is here with `unavailable`.
  void close();

private:
  enum class state : std::uint8_t { idle, woken, busy };
  struct worker_place {
    account_worker_actor address;
    state is = state::idle;
  };
  struct held_job {
    job_ptr work;
    clock::time_point until;
  };
  void wake_one();
  [[nodiscard]] std::pair<job_ptr, bool> push_or_refuse(job_ptr work);
  [[nodiscard]] bool has_room() const noexcept;

  mutable std::mutex mutex_;
  std::size_t waiting_max_;
  std::vector<worker_place> workers_;
  account_turns waiting_;
  std::map<std::uint64_t, held_job> held_;
  std::uint64_t held_so_far_ = 0;
  std::uint64_t refused_ = 0;
  bool is_closed_ = false;
};

} // namespace sluice::actors
