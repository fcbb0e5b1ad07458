#pragma once

#include "actors/admission.hpp"
#include "actors/database_reads.hpp"
#include "actors/interfaces.hpp"
#include "actors/reply_rate.hpp"
#include "actors/shown_write.hpp"
#include "actors/write_queue.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::actors {

class read_queue;

/// Where a database that is in use stands.
enum class database_state : std::uint8_t {
  waiting,     ///< Requests wait for the catalog to open it.
  open,        ///< It has a writer, which may still be opening the file.
  quarantined, ///< It has no writer, and is there for readers only.
  trying,      ///< It was quarantined; requests wait for its trial.
};

/// What ingress, readers, the writer and the catalog share of one database that
/// is in use: names, counters, what waits for its writer. Any thread.
class open_database {
public:
  open_database(std::string uuid, std::string name,
                const config::admission_settings& bounds);

  const std::string uuid;
  const std::string name;
  /// Set by `open_databases::attach`, and by the catalog once nobody else
  /// reaches it; others read it under the lock of `open_databases`.
  writer_actor writer;
  admission admitted;
  reply_rate replies;
  /// Bounded by `admitted`.
  write_queue requests;

  /// The writer has opened the file: readers may.
  std::atomic<bool> is_ready = false;
  /// It has the tables of the services (schema/), in their last version.
  std::atomic<bool> has_schema = false;
  /// The number of the last finished commit.
  std::atomic<std::uint64_t> commit_number = 0;
  /// The file and the WAL that the writer has open (storage::file_number); 0:
  /// not known.
  std::atomic<std::uint64_t> file_number = 0;
  std::atomic<std::uint64_t> wal_number = 0;
  /// Steady clock, milliseconds: when a request came last.
  std::atomic<std::int64_t> last_used_ms = 0;
  /// The same: since when the writer is at what it does, and until when that
  /// may take; 0: it does nothing.
  std::atomic<std::int64_t> busy_since_ms = 0;
  std::atomic<std::int64_t> busy_until_ms = 0;

  /// What the writer's connection held when it was measured last.
  std::atomic<std::uint64_t> memory_bytes = 0;

  /// The writer is at something that should have ended by now.
  [[nodiscard]] bool is_hung(std::int64_t now_ms) const noexcept;

  /// What its writer is at.
  shown_write write;

private:
  friend class read_queue;
  friend class open_databases;
  // Guarded by the lock of `open_databases`.
  database_state state_ = database_state::waiting;
  database_reads reads_;
};

/// Why, and since when, nothing is written to a database any more.
struct quarantine {
  std::string uuid;
  /// ISO 8601 in UTC.
  std::string since;
  /// In words, also where what could be saved is.
  std::string cause;
  /// A connection that only reads could be opened when it was looked at last.
  bool is_readable = false;
};

/// Which databases there are, by name, and what is in use of them: written by
/// the catalog, asked by ingress and readers for each request.
///
/// A lookup and the handing over of the request are one step under the lock.
/// So after `remove` nothing more reaches the writer, and the catalog's `shut`
/// message is its last: no request falls between a closing writer and a new
/// one (docs/adr/0002). Requests for a database that is not open wait in a
/// queue of its own, and only the first of them tells the catalog.
class open_databases {
public:
  /// @param queue, whole, bounds outlive this.
  /// @param whole the admission of the server.
  /// @param bounds of each database.
  open_databases(read_queue& queue, const admission& whole,
                 const config::admission_settings& bounds);
  open_databases(const open_databases&) = delete;
  open_databases& operator=(const open_databases&) = delete;
  /// What still waits is answered by its tokens.
  ~open_databases();

  enum class outcome : std::uint8_t {
    sent,
    must_open,      ///< Taken; the catalog is to be told (`wanted_atom`).
    for_catalogue,  ///< Not taken: it is for the catalog itself.
    unknown,        ///< There is no such database.
    overloaded,     ///< The database has its fill, or its share of the whole.
    catalogue_full, ///< The same of the catalogue.
    quarantined,    ///< It is not written to.
    hung,           ///< Its writer is stuck in what it executes.
    closed,         ///< The server shuts down.
  };

  /// Hands a request over to whoever serves it, the catalog included, or
  /// answers it.
  void dispatch(job_ptr work, const catalog_actor& catalog);

  /// Hands a request over, to the readers or to the writer. Moves from `work`
  /// where it was taken.
  [[nodiscard]] outcome send(job_ptr& work);

  /// Whether there is a database of that name, in use or not.
  [[nodiscard]] bool is_known(std::string_view database_name) const;

  /// A database that is in use; null: none of that name is.
  [[nodiscard]] open_database_ptr find(std::string_view database_name) const;

  /// What `send` would say now: to ask before work is put into a request.
  /// Counts a refusal.
  /// @return `sent` if it would be taken.
  [[nodiscard]] outcome look_ahead(std::string_view database_name,
                                   std::size_t bytes);

  /// How many requests were refused because their database's queue was full.
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

  /// Hands a request that a reader found to write to the writer, or, where the
  /// database is closing, sends it anew. It has its places in the admission.
  void pass_to_writer(job_ptr work, const catalog_actor& catalog);

  /// What a request is to be told that was neither sent nor is for the catalog.
  [[nodiscard]] codec::error refusal(outcome why,
                                     const std::string& name) const;

  /// A reader met a damaged file, or none: lets the writer look at it.
  void report_damage(const open_database_ptr& database,
                     const codec::error& cause);

  // -- for the catalog --------------------------------------------------------

  /// A server starts: there are no databases yet.
  void begin();
  /// From now on there is a database of that name; it is closed.
  void learn(const std::string& name, const std::string& uuid);
  /// From now on there is none.
  /// @return what was in use of it; its queue may hold requests.
  open_database_ptr forget(const std::string& name);

  /// Databases that were closed when the first request came that waits now.
  [[nodiscard]] std::vector<open_database_ptr> take_wanted();
  /// The database has a writer, which begins with what waits, unless it is at a
  /// trial.
  void attach(open_database& database, writer_actor writer);

  /// It has none any more; what waits goes on waiting.
  void detach(open_database& database);

  /// A database whose writer takes requests; it is not quarantined any more.
  void insert(open_database_ptr database);
  /// A database without a writer. From then on nothing more reaches the one
  /// that had its name.
  /// @return the one that had it.
  open_database_ptr insert_quarantined(open_database_ptr database,
                                       quarantine why);
  /// A quarantined database that will be tried: reads wait for that.
  void insert_trying(open_database_ptr database);
  /// It stays reported as quarantined, if it is, until it is inserted, or:
  void forget_quarantine(const std::string& name);
  /// Closed from now on. Leaves another database that has taken over the name
  /// alone.
  void remove(const open_database& database);
  /// The server shuts down: what comes is refused.
  /// @return the requests that wait for a database to be opened.
  [[nodiscard]] std::vector<job_ptr> close();

  /// Databases that have a writer.
  [[nodiscard]] std::size_t size() const;

  struct quarantine_report {
    std::size_t count = 0;
    /// By name, the first ones.
    std::vector<std::pair<std::string, quarantine>> first;
  };
  [[nodiscard]] quarantine_report quarantined(std::size_t listed_max) const;

  /// Something that the system did not give, in words.
  void note_shortage(std::string cause);
  /// What was noted in the last minute; empty: nothing.
  [[nodiscard]] std::string shortage() const;

  /// How many writers hang.
  void note_hung_writers(std::size_t count) noexcept {
    hung_writers_.store(count, std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t hung_writers() const noexcept {
    return hung_writers_.load(std::memory_order_relaxed);
  }

  /// The server ends, and waits no longer for what takes so long.
  void stop_waiting() noexcept {
    is_waiting_.store(false, std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_waiting() const noexcept {
    return is_waiting_.load(std::memory_order_relaxed);
  }

private:
  struct known_database {
    std::string uuid;
    /// Null: it is closed.
    open_database_ptr in_use;
  };
  [[nodiscard]] bool is_current(const open_database& database) const;
  open_database_ptr replace(open_database_ptr database, database_state state);
  void set_state(open_database& database, database_state state) noexcept;
  [[nodiscard]] outcome admit(open_database& database, const job_ptr& work,
                              std::int64_t now_ms);

  read_queue& queue_;
  const admission& whole_;
  const config::admission_settings& bounds_;
  /// Of requests for no database: they are the catalogue's.
  admission for_catalogue_;
  std::atomic<std::uint64_t> refused_ = 0;
  mutable std::mutex mutex_;
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };
  /// Every database that there is.
  std::unordered_map<std::string, known_database, text_hash, std::equal_to<>>
      by_name_;
  std::vector<open_database_ptr> wanted_;
  std::map<std::string, quarantine> quarantined_;
  std::size_t open_ = 0;
  std::string shortage_;
  std::int64_t shortage_until_ms_ = 0;
  bool is_closed_ = false;
  std::atomic<bool> is_waiting_ = true;
  std::atomic<std::size_t> hung_writers_ = 0;
};

/// Milliseconds of the steady clock.
[[nodiscard]] std::int64_t steady_now_ms() noexcept;

} // namespace sluice::actors
