#pragma once

#include "actors/core_turns.hpp"
#include "actors/interfaces.hpp"
#include "actors/open_databases.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice::actors {

/// Reads that wait for a reader, and those that run (docs/adr/0035).
///
/// The pool has as many slots as there are readers to be. A database belongs to
/// one slot, whose reader has it open; an idle reader helps the others. The
/// databases of a slot take turns of a few reads.
///
/// A read that runs for long leaves the pool: its reader goes on with it, and
/// another one takes the slot until that comes back. So short reads always find
/// the whole pool. Long reads are bounded for each database and in all, and
/// apart from them streams that wait for their requesters; a database that has
/// had long reads lately waits for room among them, and leaves the last reader
/// of the pool to others. A read that outlives its deadline hangs: it is
/// answered `timeout`, and its reader is given up.
///
/// Any thread. Its length is bounded by the admission of requests.
class read_queue {
public:
  using clock = std::chrono::steady_clock;

  /// @param bounds outlives this.
  explicit read_queue(const config::reader_settings& bounds);

  /// How those that have given way compute.
  [[nodiscard]] core_turns& turns() noexcept {
    return turns_;
  }

  /// Makes a reader of the pool known. Call for all of them before the first
  /// `push`.
  /// @return the reader's index, for `pop`.
  std::size_t add_reader(reader_actor reader);

  /// Who is to call `look` while reads run, and is woken by `tick`; until
  /// `close`.
  void be_watched_by(supervisor_actor watcher);

  /// Puts another actor in a dead reader's place. It gets what the dead one did
  /// not do.
  void replace_reader(std::size_t index, reader_actor reader);

  /// Queues a read, whose `target` is set, and wakes an idle reader if there is
  /// one. After `close`, and while its database's reads hang, it answers
  /// `unavailable`.
  void push(job_ptr work);

  /// Puts a read that was cancelled, for there was no room for it, back to the
  /// front.
  void put_back(job_ptr work);

  /// The next read for the reader `index`, which has finished its last one.
  /// @return null where there is none: from then on the reader counts as idle,
  ///   and gets a message when there is work.
  [[nodiscard]] job_ptr pop(std::size_t index, clock::time_point now);

  /// The reader is done with its read, but does not take another one yet.
  void finish(std::size_t index);

  /// By which thread the reader runs (messaging/thread_priority.hpp), so that
  /// it can give way to others.
  void know_thread(std::size_t index, int thread);

  /// The reader passes its read on, to somebody who may change it.
  void let_go(std::size_t index);

  /// Whether the reader belongs to the pool, so that what it has open is of use
  /// again.
  [[nodiscard]] bool is_in_pool(std::size_t index) const;

  /// Removes all that waits for a database, by uuid: also what came while it
  /// was open at an earlier time.
  [[nodiscard]] std::vector<job_ptr> take_all(const std::string& uuid);

  /// Tells every reader to close its connection to a database.
  /// @return how many will answer the catalog.
  std::size_t tell_to_forget(const std::string& uuid);

  /// The reader `index` has closed its connection to a database.
  /// @return whether the catalog still waits for that.
  [[nodiscard]] bool did_forget(std::size_t index, const std::string& uuid);

  /// What the supervisor is to do after a look.
  struct findings {
    /// Places of readers to spawn; then call `enlist`.
    std::vector<std::size_t> wanted;
    /// Readers to end. Nothing comes to them any more.
    std::vector<std::size_t> ended;
    /// Reads that hang: to be answered.
    std::vector<job_ptr> hung;
    /// Reads whose deadline passed while their database had to wait.
    std::vector<job_ptr> expired;
    /// Reads that waited for a database whose reads hang.
    std::vector<job_ptr> refused;
    /// Databases, by uuid, that a reader which hangs will not forget.
    std::vector<std::string> not_forgotten;
    /// Reads that have run for a while, whose requesters want to be asked
    /// whether they are still there.
    std::vector<job_ptr> to_probe;
    /// So many readers hang that the service had better start over.
    bool is_hopeless = false;
    /// Look again soon; otherwise a message comes.
    bool is_busy = false;
  };

  /// Looks after the reads that run: to be called again and again while there
  /// are any. It moves long ones out of the pool, gives up those that hang, and
  /// lets those in that may start now.
  [[nodiscard]] findings look(clock::time_point now);

  /// What a read of a database is told whose reads hang.
  [[nodiscard]] static codec::error hanging(const job& work);

  /// How often.
  [[nodiscard]] std::chrono::milliseconds look_interval() const noexcept;

  /// A reader that `look` wanted.
  void enlist(std::size_t index, reader_actor reader);

  [[nodiscard]] std::size_t size() const;
  /// Of the pool.
  [[nodiscard]] std::size_t readers() const;

  /// Reads that run on threads of their own.
  struct census {
    std::size_t long_running = 0;
    std::size_t stalled = 0;
    std::size_t hung = 0;
  };
  [[nodiscard]] census count() const;

  /// A read of a database that runs.
  struct running_read {
    job_ptr work;
    clock::time_point started;
  };
  [[nodiscard]] std::vector<running_read>
  running(const open_database& database) const;

  /// Forgets the readers' addresses, so that they can end, and answers what
  /// still waits with `unavailable`.
  void close();

private:
  static constexpr auto nobody = std::numeric_limits<std::size_t>::max();

  enum class read_class : std::uint8_t {
    in_pool,
    long_running,
    stalled,
    hung,
  };
  /// One reader, and what it is at.
  struct place {
    reader_actor address;
    /// What it was told to forget and has not yet.
    std::vector<std::string> to_forget = {};
    /// The slot that it serves.
    std::size_t slot = nobody;
    bool is_parked = false;
    clock::time_point parked_since = {};
    /// Its thread (messaging/thread_priority.hpp); 0: not known yet.
    int thread = 0;
    /// The thread has given way to all others: it ends after this read.
    bool gives_way = false;
    /// The read; null while there is none, or where it was passed on.
    job_ptr work = {};
    open_database_ptr database = {};
    read_class kind = read_class::in_pool;
    clock::time_point started = {};
    /// The thread's processor time when the read was looked at first.
    std::optional<std::chrono::nanoseconds> computed = {};
  };
  /// A place in the pool.
  struct slot {
    /// Has the connections of its databases; back in the slot after a long
    /// read.
    std::size_t owner = nobody;
    std::size_t serving = nobody;
    /// Databases that have reads waiting, in the order of their turns.
    std::deque<open_database_ptr> turns = {};
  };

  [[nodiscard]] std::uint32_t readers_for_one() const noexcept;
  [[nodiscard]] std::size_t long_max() const noexcept;
  /// How many long reads may run, in all, when this database is to have one
  /// more.
  [[nodiscard]] std::size_t
  long_max_for(const database_reads& reads) const noexcept;
  [[nodiscard]] std::size_t long_per_database_max() const noexcept;
  [[nodiscard]] bool is_suspected(const open_database& database) const noexcept;
  [[nodiscard]] bool may_start(const open_database& database) const noexcept;
  [[nodiscard]] bool hangs(const open_database& database) const noexcept;
  [[nodiscard]] census count_locked() const noexcept;
  void queue_turn(open_database_ptr database);
  void wake(std::size_t index);
  void wake_for(std::size_t slot_index);
  void wake_for_startable();
  [[nodiscard]] job_ptr next_for(std::size_t slot_index);
  [[nodiscard]] job_ptr take_turn(slot& from);
  void start(place& reader, const job_ptr& work, clock::time_point now);
  void settle(place& reader);
  [[nodiscard]] static std::uint32_t* counter(place& reader) noexcept;
  static void classify(place& reader, read_class kind) noexcept;
  [[nodiscard]] bool take_back(std::size_t index);
  void leave_slot(place& reader);
  void give_up_slots(std::size_t index);
  void park(std::size_t index);
  void serve(std::size_t slot_index, std::size_t index);
  void let_give_way(std::size_t index);
  [[nodiscard]] bool is_long_by_itself(const place& reader) const noexcept;
  void judge(std::size_t index, census& running, findings& found);
  void give_up(std::size_t index, findings& found);
  void fill_slots(findings& found);
  void retire_parked(findings& found);
  void expire_waiting(findings& found);
  [[nodiscard]] std::vector<job_ptr> take_waiting(open_database& database);

  const config::reader_settings& bounds_;
  core_turns turns_;
  mutable std::mutex mutex_;
  supervisor_actor watcher_;
  bool is_watched_ = false;
  std::vector<place> places_;
  /// At least one, so that reads can wait before there is a reader.
  std::vector<slot> slots_ = std::vector<slot>(1);
  std::size_t next_slot_ = 0;
  std::vector<std::size_t> idle_;
  std::size_t waiting_ = 0;
  std::size_t hung_ = 0;
  /// As of the last call that knew.
  clock::time_point now_;
  clock::time_point next_expiry_;
  bool is_closed_ = false;
};

} // namespace sluice::actors
