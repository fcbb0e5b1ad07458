#pragma once

#include "actors/admission.hpp"
#include "actors/database_reads.hpp"
#include "actors/interfaces.hpp"
#include "actors/shown_write.hpp"

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

/// What ingress, readers, the writer and the catalog share of one open
/// database: names, counters, the writer's address. Any thread.
///
/// One that is quarantined has no writer, and is there for readers only.
class open_database {
public:
  open_database(std::string uuid, std::string name,
                const config::admission_settings& bounds);

  const std::string uuid;
  const std::string name;
  /// Set before the object is shared, never changed.
  writer_actor writer;
  admission admitted;

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
  /// What its writer is at.
  shown_write write;

private:
  friend class read_queue;
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

/// Which databases are open, by name: written by the catalog, asked by ingress
/// and readers for each request.
///
/// A lookup and the handing over of the request are one step under the lock.
/// So after `remove` nothing more reaches the writer, and the catalog's `shut`
/// message is its last: no request falls between a closing writer and a new
/// one (docs/adr/0002).
class open_databases {
public:
  /// @param queue outlives this.
  explicit open_databases(read_queue& queue);

  enum class outcome : std::uint8_t {
    sent,
    not_open,    ///< For the catalog.
    overloaded,  ///< The database has its fill.
    quarantined, ///< It is not written to.
  };

  /// Hands a request over, to the readers or to the writer. Moves from `work`
  /// where it was sent.
  [[nodiscard]] outcome send(job_ptr& work);

  /// A database that is open; null: none of that name is.
  [[nodiscard]] open_database_ptr find(std::string_view database_name) const;

  /// Whether `send` would refuse a request of so many bytes now: to ask before
  /// work is put into it. Counts a refusal if so.
  [[nodiscard]] bool is_full(std::string_view database_name, std::size_t bytes);

  /// How many requests were refused because their database's queue was full.
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

  /// Hands a request that a reader found to write to the writer, or, where the
  /// database is closing, to the catalog. It has its places in the admission.
  void pass_to_writer(job_ptr work, const catalog_actor& catalog);

  /// What a request is to be told that was neither sent nor is for the catalog.
  [[nodiscard]] codec::error refusal(outcome why,
                                     const std::string& name) const;

  /// A reader met a damaged file, or none: lets the writer look at it.
  void report_damage(const open_database_ptr& database,
                     const codec::error& cause);

  /// A database whose writer takes requests; it is not quarantined any more.
  void insert(open_database_ptr database);
  /// A database without a writer. From then on nothing more reaches the one
  /// that had its name.
  void insert_quarantined(open_database_ptr database, quarantine why);
  /// It stays reported as quarantined, if it is, until it is inserted, or:
  void forget_quarantine(const std::string& name);
  /// Leaves another database that has taken over the name alone.
  void remove(const open_database& database);
  /// Databases that have a writer.
  [[nodiscard]] std::size_t size() const;

  struct quarantine_report {
    std::size_t count = 0;
    /// By name, the first ones.
    std::vector<std::pair<std::string, quarantine>> first;
  };
  [[nodiscard]] quarantine_report quarantined(std::size_t listed_max) const;

  /// The server ends, and waits no longer for what takes so long.
  void stop_waiting() noexcept {
    is_waiting_.store(false, std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_waiting() const noexcept {
    return is_waiting_.load(std::memory_order_relaxed);
  }

private:
  read_queue& queue_;
  std::atomic<std::uint64_t> refused_ = 0;
  mutable std::mutex mutex_;
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };
  std::unordered_map<std::string, open_database_ptr, text_hash, std::equal_to<>>
      by_name_;
  std::map<std::string, quarantine> quarantined_;
  std::atomic<bool> is_waiting_ = true;
};

/// Milliseconds of the steady clock.
[[nodiscard]] std::int64_t steady_now_ms() noexcept;

} // namespace sluice::actors
