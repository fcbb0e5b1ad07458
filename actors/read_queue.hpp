#pragma once

#include "actors/interfaces.hpp"
#include "actors/open_databases.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace sluice::actors {

/// Reads that wait for a reader. Readers pull: whoever is idle takes the next
/// one, so a long scan delays nobody behind it. Databases take turns, and none
/// holds all readers while there are others (docs/adr/0002).
///
/// Any thread. Its length is bounded by the admission of requests.
class read_queue {
public:
  /// Makes a reader known. Call for all of them before the first `push`.
  /// @return the reader's index, for `pop`.
  std::size_t add_reader(reader_actor reader);

  /// Puts another actor in a dead reader's place. It gets what the dead one did
  /// not do.
  void replace_reader(std::size_t index, reader_actor reader);

  /// Queues a read, whose `target` is set, and wakes an idle reader if there is
  /// one. After `close` it answers `unavailable`.
  void push(job_ptr work);

  /// The next read for the reader `index`, which has finished `last`.
  /// @return null where there is none: from then on the reader counts as idle,
  ///   and gets a message when there is work.
  [[nodiscard]] job_ptr pop(std::size_t index, const open_database_ptr& last);

  /// The reader that had taken a read of `last` is done with it, but does not
  /// take another one yet.
  void finish(const open_database_ptr& last);

  /// Removes all that waits for a database, by uuid: also what came while it
  /// was open at an earlier time.
  [[nodiscard]] std::vector<job_ptr> take_all(const std::string& uuid);

  /// Tells every reader to close its connection to a database.
  /// @return how many will answer the catalog.
  std::size_t tell_to_forget(const std::string& uuid);

  /// The reader `index` has closed its connection to a database.
  void did_forget(std::size_t index, const std::string& uuid);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t readers() const;

  /// Forgets the readers' addresses, so that they can end, and answers what
  /// still waits with `unavailable`.
  void close();

private:
  [[nodiscard]] bool may_start(const open_database& database) const noexcept;
  void wake_one();
  [[nodiscard]] std::vector<job_ptr> take_waiting(open_database& database);

  struct reader_place {
    reader_actor address;
    /// What it was told to forget and has not yet.
    std::vector<std::string> to_forget;
  };

  mutable std::mutex mutex_;
  std::vector<reader_place> readers_;
  std::vector<std::size_t> idle_;
  /// Databases that have reads waiting, in the order of their turns.
  std::deque<open_database_ptr> turns_;
  std::size_t waiting_ = 0;
  bool is_closed_ = false;
};

} // namespace sluice::actors
