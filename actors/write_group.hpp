#pragma once

#include "actors/checkpoint_pace.hpp"
#include "actors/job.hpp"
#include "actors/serving_context.hpp"
#include "actors/slow_requests.hpp"
#include "actors/write_reply.hpp"
#include "codec/json_writer.hpp"
#include "storage/connection.hpp"
#include "storage/executor.hpp"
#include "storage/file_watch.hpp"
#include "storage/idempotency.hpp"
#include "storage/rescue.hpp"
#include "storage/write_transaction.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::actors {

/// The requests that one database's writer has executed and not yet committed,
/// and the connection they run on.
///
/// Each request has a savepoint of its own, so it fails alone. No reply leaves
/// before the COMMIT. A request that runs longer than `writer.group_ms_max`
/// while others wait for the COMMIT is interrupted, and runs anew once they are
/// committed (docs/adr/0041). A request with an idempotency key that has been
/// here gets its first reply again, also where both are in one group. Where
/// SQLite rolls the whole transaction back by itself: if that was the doing of
/// one request (interrupted, ON CONFLICT ROLLBACK, size limit), the others,
/// which have had no reply yet, are executed again and committed at once,
/// without any that does the same; if the disk or the file is at fault, all of
/// them fail with `storage`. Belongs to the writer's thread; knows no CAF.
class write_group {
public:
  /// Opens the database's file, which may need recovery.
  [[nodiscard]] static codec::result<std::unique_ptr<write_group>>
  open(const serving_context& context, open_database_ptr database,
       const storage::connection_options& options);

  write_group(const write_group&) = delete;
  write_group& operator=(const write_group&) = delete;

  /// Executes a request. A failure is answered at once, a success with the
  /// commit.
  void execute(const job_ptr& work);

  /// What its connection holds in memory.
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept {
    return connection_->memory_bytes();
  }

  /// Nothing waits for a commit.
  [[nodiscard]] bool is_empty() const noexcept {
    return pending_.empty();
  }
  /// A bound of the group is reached: commit now.
  [[nodiscard]] bool is_full() const noexcept;

  /// Commits and answers everybody; checkpoints if it is time to.
  void commit();

  /// Commits, and copies the WAL into the file.
  void close();

  /// Looks whether the files are still there, and gives up where they are not.
  /// @param damage what a reader met in the file, in words; empty: nothing.
  void look(const std::string& damage);

  /// Why the group has given up: nothing is written any more, and what was
  /// pending has failed. Null while all is well.
  [[nodiscard]] const storage::file_loss* loss() const noexcept {
    return loss_ ? &*loss_ : nullptr;
  }

  /// Saves what only this connection still reaches, after it has given up.
  [[nodiscard]] storage::rescue_outcome rescue();

  /// Looks for damage in a file that was quarantined; may take a while.
  /// @param commit_min the last commit that is known to have been acknowledged.
  [[nodiscard]] codec::result<void> prove(std::uint64_t commit_min);

private:
  using clock = std::chrono::steady_clock;
  struct pending_reply {
    job_ptr work;
    write_reply reply;
    bool changed_db = false;
    bool is_replayed = false;
    /// It fails with that, but is committed.
    std::optional<codec::error> failure = {};
  };
  /// What the statements of a request did.
  struct statements_result {
    storage::execution execution;
    std::optional<codec::error> failure = {};
  };
  enum class blame : std::uint8_t { request, storage };

  write_group(const serving_context& context, open_database_ptr database,
              std::unique_ptr<storage::connection> connection,
              storage::write_transaction transaction,
              storage::idempotency replies, storage::file_watch watch);
  [[nodiscard]] bool begin(job& work);
  void execute_in_group(const job_ptr& work);
  void run_behind_group(const job_ptr& work, const codec::error& interruption);
  [[nodiscard]] codec::result<pending_reply> run(const job_ptr& work);
  [[nodiscard]] codec::result<std::optional<pending_reply>>
  replay(const job_ptr& work, const storage::request_identity& identity);
  [[nodiscard]] codec::result<pending_reply> run_new(const job_ptr& work);
  [[nodiscard]] codec::result<pending_reply> run_body(const job_ptr& work);
  [[nodiscard]] codec::result<statements_result>
  run_statements(const job& work, storage::row_stream* stream);
  [[nodiscard]] codec::result<statements_result>
  run_service(const job& work, const storage::execution_limits& limits);
  void look_up(const job_ptr& work);
  [[nodiscard]] codec::result<void>
  remember(const job& work, const storage::request_identity& identity,
           const write_reply& reply);
  [[nodiscard]] codec::result<void> check(const job& work) const;
  [[nodiscard]] static blame blame_of(const codec::error& cause) noexcept;
  void recover(const codec::error& cause);
  [[nodiscard]] std::vector<job_ptr> redo(std::vector<job_ptr> undone);
  void fail_all(const codec::error& cause);
  [[nodiscard]] codec::result<void> forget_expired_replies();
  void fail_committed(const codec::error& cause);
  /// Gives up where the files are not what they were.
  [[nodiscard]] codec::result<void> check_files();
  void give_up(storage::file_loss loss);
  /// Commits what is in the transaction, and answers those that wait for it.
  [[nodiscard]] codec::result<void> finish_group(bool has_migrated);
  /// Sees to it that the tables of the services are there.
  [[nodiscard]] codec::result<void>
  prepare_schema(const storage::execution_limits& limits);
  [[nodiscard]] codec::result<void>
  make_schema(const storage::execution_limits& limits);
  /// A migration, and what is remembered with it.
  struct migration {
    std::string_view name;
    std::string_view sql;
    /// The reply to this request; null: none.
    std::string_view reply = {};
    const storage::request_identity* identity = nullptr;
  };
  /// `db.<db>.migrations.apply`; answers it.
  void apply_migrations(job& work, const services::apply_migrations& asked);
  /// Answers a request that has been here.
  [[nodiscard]] codec::result<bool> answer_again(job& work);
  /// Applies one in a transaction of its own; none is open.
  [[nodiscard]] codec::result<void>
  migrate(const migration& wanted, const storage::execution_limits& limits);
  [[nodiscard]] codec::result<void>
  run_migration(const migration& wanted,
                const storage::execution_limits& limits);
  [[nodiscard]] storage::execution_limits limits_of(const job& work) const;
  /// Where a failure tells of damage, looks at the file with another
  /// connection: the group gives up where that does not find it sound, else
  /// the failure becomes the request's own. Rolls the transaction back in
  /// either case.
  void judge(codec::error& cause);
  [[nodiscard]] bool is_sound();
  void answer_all();
  void checkpoint_if_due();
  /// @return `overloaded` while readers keep a WAL that is at its bound.
  [[nodiscard]] codec::result<void> check_wal();
  void checkpoint(checkpoint_step step);
  /// Bounds what is executed next by the room on the disk.
  [[nodiscard]] codec::result<void> look_at_disk();
  /// Tells others how much of the free room the next checkpoint needs.
  [[nodiscard]] codec::result<void> note_debt();
  /// Logs a commit that failed, once in a while: each of a client's attempts
  /// may fail in the same way.
  void log_failed_commit(const codec::error& cause);
  /// Where SQLite found the disk full: gives up what can be.
  void relieve_disk(const codec::error& cause);

  serving_context context_;
  open_database_ptr database_;
  std::unique_ptr<storage::connection> connection_;
  storage::write_transaction transaction_;
  storage::idempotency replies_;
  storage::executor executor_;
  storage::file_watch watch_;
  checkpoint_pace pace_;
  storage::disk_view disk_;
  storage::disk_debt debt_;
  /// `execution_limits::only_deletions`.
  std::string only_deletions_;
  std::optional<storage::file_loss> loss_;
  clock::time_point sound_until_ = {};
  /// No line about a failed commit is logged before that.
  clock::time_point next_failure_line_ = {};
  std::uint64_t unlogged_failures_ = 0;
  /// Why this schema cannot have the services' tables.
  struct schema_refusal {
    std::int64_t version = 0;
    codec::error cause;
  };
  std::optional<schema_refusal> schema_refusal_;
  codec::json_writer out_;
  std::vector<pending_reply> pending_;
  slow_requests slow_;
  /// When a request is interrupted for the sake of those that it is executed
  /// behind, to run anew once they are committed.
  storage::deadline yields_at_ = storage::no_deadline;
  std::size_t bytes_ = 0;
  clock::time_point begun_;
};

} // namespace sluice::actors
