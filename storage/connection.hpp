#pragma once

#include "codec/error.hpp"
#include "config/settings.hpp"
#include "storage/authorizer.hpp"
#include "storage/row_counter.hpp"
#include "storage/statement_cache.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;

namespace sluice::storage {

using deadline = std::chrono::steady_clock::time_point;

/// No deadline.
inline constexpr auto no_deadline = deadline::max();

enum class access : std::uint8_t {
  reader, ///< Read-only; the database must exist.
  writer, ///< The only one that writes.
};

struct connection_options {
  storage::access access = storage::access::reader;
  config::durability durability = config::durability::full;
  config::limit_settings limits;
  config::sqlite_settings sqlite;
  /// A writer makes the file where there is none. Only for a file of which is
  /// known that nobody has stored anything in it yet.
  bool creates = false;
  /// Name of the VFS; empty: the default. For fault tests.
  std::string vfs;
};

/// Closes a connection and everything that SQLite still has open in it.
struct connection_closer {
  void operator()(sqlite3* handle) const noexcept;
};

using connection_handle = std::unique_ptr<sqlite3, connection_closer>;

/// Has a client's statement wait for others now and then.
class pacer {
public:
  virtual ~pacer() = default;
  /// On the statement's thread, within `sqlite3_step`; may wait, but not beyond
  /// the deadline.
  virtual void step() noexcept = 0;
};

/// One connection to one database file, set up and hardened: WAL, durability
/// read back, foreign keys on, limits, authorizer, deadline.
///
/// Belongs to one thread at a time. Not movable: SQLite holds pointers to it.
class connection {
public:
  /// @return `storage` if the file cannot be opened, is no database, or does
  ///   not take the settings; `unavailable` if the process has too many files
  ///   open.
  [[nodiscard]] static codec::result<std::unique_ptr<connection>>
  open(const std::string& path, const connection_options& options);

  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Runs one of Sluice's own statements that returns nothing, from the cache.
  [[nodiscard]] codec::result<void> run(std::string_view sql);

  /// The same without keeping the statement, for texts that differ each time.
  [[nodiscard]] codec::result<void> run_once(std::string_view sql);

  /// Runs one of Sluice's own statements that returns one INTEGER.
  [[nodiscard]] codec::result<std::int64_t> integer(std::string_view sql);

  /// The same for one TEXT; no row or NULL is "".
  [[nodiscard]] codec::result<std::string> text(std::string_view sql);

  /// One of Sluice's own statements, prepared, from the cache: for those that
  /// have parameters. Compile and run it as trusted (authorizer.hpp), and reset
  /// it afterwards; valid until the next call.
  [[nodiscard]] codec::result<statement*> own_statement(std::string_view sql);

  /// After this moment the statement that runs, or is compiled within
  /// request_bounds, is stopped, with `timeout`.
  void set_deadline(deadline when) noexcept;

  /// From now on what a client's statement does ends with `timeout` as soon as
  /// this is set, as if its deadline had passed; null: nothing more than the
  /// deadline.
  /// @param flag outlives its use; any thread sets it.
  void end_when(const std::atomic<bool>* flag) noexcept {
    is_cancelled_ = flag;
  }
  /// From now on a client's statement asks it now and then whether to wait;
  /// null: nobody.
  /// @param asked outlives its use.
  void pace_by(pacer* asked) noexcept {
    pacer_ = asked;
  }
  [[nodiscard]] bool is_cancelled() const noexcept {
    return is_cancelled_ != nullptr
           && is_cancelled_->load(std::memory_order_relaxed);
  }

  /// Has SQLite look at the deadline once per so many steps of its virtual
  /// machine, as far as it jumps meanwhile. Without an argument: as usual.
  void look_at_deadline_every(int steps = steps_per_look) noexcept;
  static constexpr auto steps_per_look = 2'000;

  /// COMMIT. Where it fails, the transaction is rolled back, and what has
  /// reached the WAL is erased (wal_tail.hpp).
  [[nodiscard]] codec::result<void> commit();

  /// What the last `commit` failed to commit may be there after a crash: it
  /// could not be erased.
  [[nodiscard]] bool may_come_back() const noexcept {
    return may_come_back_;
  }

  /// A transaction is open (sqlite3_get_autocommit is 0).
  [[nodiscard]] bool in_transaction() const noexcept;

  /// Bytes of the database: page count times page size.
  [[nodiscard]] codec::result<std::int64_t> size_bytes();

  /// Memory that the schema takes as this connection has it, with that of
  /// temporary objects; 0 where it has not read it.
  [[nodiscard]] std::int64_t schema_bytes() const noexcept;

  /// Bounds how far the database may grow from now on, beside
  /// `limits.database_bytes_max`.
  /// @param refusal what a client reads whose request needs more.
  [[nodiscard]] codec::result<void> bound_growth(std::uint64_t bytes,
                                                 std::string refusal);

  /// Pages in the WAL after the last commit of this connection.
  [[nodiscard]] std::uint32_t wal_pages() const noexcept {
    return wal_pages_;
  }

  /// Bytes that the WAL has for them.
  [[nodiscard]] std::uint64_t wal_bytes() const noexcept {
    return wal_pages_ * wal_frame_bytes();
  }
  /// What a page takes of the WAL.
  [[nodiscard]] std::uint64_t wal_frame_bytes() const noexcept {
    return static_cast<std::uint64_t>(page_size_bytes_)
           + wal_frame_header_bytes;
  }

  enum class checkpoint_mode : std::uint8_t {
    passive,  ///< As far as no reader is in the way.
    truncate, ///< All, and empties the WAL; waits for readers a bounded time.
  };
  enum class checkpoint_outcome : std::uint8_t {
    complete, ///< All of the WAL is in the file.
    held,     ///< A reader is in the way of the rest. No failure.
  };
  /// @param wait how long `truncate` waits for readers.
  [[nodiscard]] codec::result<checkpoint_outcome>
  checkpoint(checkpoint_mode mode, std::chrono::milliseconds wait);
  /// Waits for `sqlite.busy_timeout_ms`.
  [[nodiscard]] codec::result<checkpoint_outcome>
  checkpoint(checkpoint_mode mode);

  /// Closes the database of temporary objects after a request that may have
  /// made some, with all that is in it: dropping them alone gives no room back.
  /// Does nothing within a transaction.
  [[nodiscard]] codec::result<void> drop_temporary_storage();
  void note_temporary_objects() noexcept {
    may_have_temporary_storage_ = true;
  }

  /// Whether the end of the file's last connection copies the WAL into the
  /// file and removes it. A new one does not: first it must be known that the
  /// file and the WAL are sound and belong together.
  void set_checkpoint_on_close(bool wanted) noexcept;

  /// How much the database's file will grow when its WAL is copied into it.
  [[nodiscard]] codec::result<std::uint64_t> unwritten_bytes();

  /// What SQLite holds for it: pages, the schema, statements.
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept;
  /// Gives up pages that can be read again.
  void give_memory_back() noexcept;

  /// LIKE minds the case of letters, or no more; see like_function.hpp.
  /// @return `not_authorized` where an index or a generated column has LIKE.
  [[nodiscard]] codec::result<void> set_case_sensitive_like(bool wanted);

  /// Sees to it that a change of the schema by another connection is known
  /// here. SQLite looks for one when a statement runs, and of those that it
  /// does not compile only where a table or column is missing.
  [[nodiscard]] codec::result<void> look_at_schema();

  /// The schema changed, or a change of it was undone: drops what was derived
  /// from it. No statement of the cache may be running.
  void forget_schema();

  /// Words the last error: a refusal by its reason, a limit by its name.
  /// @param begins_at as for `last_error`.
  [[nodiscard]] codec::error describe_last_error(std::size_t begins_at = 0);

  /// @return `constraint` while a deferred foreign key is violated.
  [[nodiscard]] codec::result<void> check_deferred_keys() const;

  [[nodiscard]] sqlite3* handle() const noexcept {
    return handle_.get();
  }
  [[nodiscard]] statement_cache& cache() noexcept {
    return cache_;
  }
  /// The statements of services, apart from those that clients write.
  [[nodiscard]] statement_cache& service_cache() noexcept {
    return service_cache_;
  }
  [[nodiscard]] storage::authorizer& authorizer() noexcept {
    return authorizer_;
  }
  [[nodiscard]] row_counter& rows() noexcept {
    return rows_;
  }
  [[nodiscard]] const connection_options& options() const noexcept {
    return options_;
  }

private:
  connection(connection_handle handle, const connection_options& options);
  [[nodiscard]] bool was_size_limit();
  [[nodiscard]] std::uint64_t pages_max() const noexcept;
  static int on_progress(void* self) noexcept;
  static int on_commit_to_wal(void* self, sqlite3*, const char*,
                              int pages) noexcept;

  class own_work;
  /// https://www.sqlite.org/fileformat.html, 4.1.
  static constexpr auto wal_frame_header_bytes = std::uint64_t{24};

  connection_options options_;
  // Statements must die before the connection that they belong to.
  connection_handle handle_;
  storage::authorizer authorizer_;
  row_counter rows_;
  statement_cache cache_;
  /// Sluice's own statements, apart so that clients' cannot push them out.
  statement_cache own_statements_;
  statement_cache service_cache_;
  deadline deadline_ = no_deadline;
  const std::atomic<bool>* is_cancelled_ = nullptr;
  pacer* pacer_ = nullptr;
  std::uint32_t wal_pages_ = 0;
  /// Of `bound_growth`, where it is what bounds the database.
  std::string growth_refusal_;
  bool may_come_back_ = false;
  bool may_have_temporary_storage_ = false;
  bool has_case_sensitive_like_ = false;
  std::int64_t page_size_bytes_ = 0;
};

} // namespace sluice::storage
