#pragma once

#include "codec/json_writer.hpp"
#include "codec/query_request.hpp"
#include "storage/connection.hpp"
#include "storage/result_encoder.hpp"
#include "storage/row_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::storage {

/// The bounds of one request.
struct execution_limits {
  /// When the caller's patience ends.
  deadline until = no_deadline;
  std::size_t reply_bytes_max = 1u << 20;
  /// The database's commit number if it is known to stand still: then its
  /// size is not asked for again. 0: unknown.
  std::uint64_t commit_number = 0;
  /// Where the rows of a query go, part by part; null: into the reply.
  row_stream* stream = nullptr;
  /// Of the parts.
  std::size_t part_bytes = 128u << 10;
  /// Why nothing but reads, DELETE and DROP is executed; empty: all is.
  std::string_view only_deletions = {};
};

/// @return `storage` for a statement that `limits` do not let run.
[[nodiscard]] codec::result<void>
check_frees_room(const statement& run, const execution_limits& limits);

/// What became of a request.
struct execution {
  /// A reader met a statement that writes; nothing was executed that lasts,
  /// and nothing was written to the output.
  bool needs_writer = false;
  /// A statement ran that is no mere read, whether it changed something or not.
  bool wrote = false;
  /// Data or schema changed.
  bool changed_db = false;
  bool changed_schema = false;
};

/// Runs the statements of requests on one connection, and words the answers.
///
/// On a writer's connection the caller has opened a savepoint: on an error it
/// must roll back to it. On a reader's connection requests of more than one
/// statement run on one snapshot. A request may switch foreign keys off, and
/// must not leave any violated (foreign_keys.hpp). Belongs to the connection's
/// thread.
class executor {
public:
  /// @param connection outlives this.
  /// @param server_name for `served_by`.
  executor(connection& connection, std::string_view server_name);

  /// Runs `db.<db>.query`; the body of the reply goes to `out`, that of the
  /// last message of a stream.
  [[nodiscard]] codec::result<execution>
  run_query(const codec::query_request& request, const execution_limits& limits,
            codec::json_writer& out);

  /// Runs `db.<db>.exec`. An error names the statement's number and line.
  [[nodiscard]] codec::result<execution>
  run_script(const codec::exec_request& request, const execution_limits& limits,
             codec::json_writer& out);

private:
  struct run_state;
  [[nodiscard]] codec::result<void>
  run_queries(run_state& state, const codec::query_request& request);
  [[nodiscard]] codec::result<void> run_text(run_state& state,
                                             const codec::query& query,
                                             codec::results_format format);
  [[nodiscard]] codec::result<void> run_uncached(run_state& state,
                                                 const codec::query& query,
                                                 codec::results_format format);
  /// @param sql the rest of a request's text, with the NUL behind it. Its first
  ///   statement is bounded by limits.sql_bytes_max, not all of it.
  [[nodiscard]] codec::result<statement>
  compile(const run_state& state, std::string_view sql, std::size_t begins_at,
          statement_lifetime lifetime, std::string_view& tail_out);
  [[nodiscard]] codec::result<statement>
  prepare_first(std::string_view sql, statement_lifetime lifetime,
                std::string_view& tail_out);
  /// When a statement that begins `now` must have ended.
  [[nodiscard]] deadline statement_deadline(const run_state& state,
                                            deadline now) const;
  [[nodiscard]] codec::result<void>
  run_statement(run_state& state, statement& run,
                const codec::parameters& params, result_encoder* encoder);
  [[nodiscard]] codec::result<void> execute(run_state& state, statement& run,
                                            const codec::parameters& params,
                                            result_encoder* encoder);
  [[nodiscard]] codec::result<void>
  step_to_end(run_state& state, statement& run, result_encoder* encoder);
  [[nodiscard]] codec::error describe_failure(const statement& run);
  [[nodiscard]] codec::result<statement_meta>
  measure(run_state& state, statement& run, std::int64_t rows);
  [[nodiscard]] codec::result<std::int64_t> size_after(const run_state& state);
  [[nodiscard]] codec::result<void>
  check_schema_size(std::int64_t bytes_before) const;
  [[nodiscard]] codec::result<void> open_snapshot(run_state& state);
  /// Does what `PRAGMA foreign_keys = …` or `case_sensitive_like = …` says.
  [[nodiscard]] codec::result<void> switch_setting(run_state& state);
  /// Ends what a request has done with foreign keys off.
  [[nodiscard]] codec::result<void> settle_keys(run_state& state);
  [[nodiscard]] codec::result<void> finish(run_state& state);
  [[nodiscard]] codec::result<void> drop_temporary_objects();
  [[nodiscard]] bool is_reader() const noexcept;

  connection& connection_;
  std::string quoted_server_;
  std::uint64_t size_commit_ = 0;
  std::int64_t size_bytes_ = 0;
};

} // namespace sluice::storage
