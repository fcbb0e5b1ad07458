#include "storage/executor_state.hpp"
#include "storage/file_fault.hpp"
#include "storage/letter_case.hpp"
#include "storage/own_rows.hpp"
#include "storage/sql_literal.hpp"
#include "storage/text_watch.hpp"

#include <sqlite3.h>

#include <algorithm>

/// The executor's part that runs one statement and measures it.
namespace sluice::storage {

using clock = std::chrono::steady_clock;
using codec::error_code;

namespace {

constexpr auto schema_version_sql = std::string_view{"PRAGMA schema_version"};

std::size_t text_bytes(const codec::value& x) noexcept {
  if (const auto* text = std::get_if<std::string>(&x))
    return text->size();
  if (const auto* blob = std::get_if<codec::blob>(&x))
    return blob->bytes.size();
  return 0;
}

std::size_t longest_text(const codec::parameters& params) noexcept {
  auto result = std::size_t{0};
  if (const auto* named = std::get_if<codec::named_parameters>(&params))
    for (const auto& [name, value] : *named)
      result = std::max(result, text_bytes(value));
  if (const auto* listed = std::get_if<codec::positional_parameters>(&params))
    for (const auto& value : *listed)
      result = std::max(result, text_bytes(value));
  return result;
}

/// Whether a table's AUTOINCREMENT has given out the largest rowid.
bool has_last_rowid(connection& source, const std::string& table) {
  auto rows = own_rows::query(
      source, "SELECT seq = 9223372036854775807 FROM main.sqlite_sequence "
              "WHERE name = "
                  + quoted_text(table));
  // Without AUTOINCREMENT there is no such table.
  if (!rows)
    return false;
  const auto found = rows->next();
  return found && *found && sqlite3_column_int(rows->row(), 0) != 0;
}

} // namespace

codec::result<void> check_frees_room(const statement& run,
                                     const execution_limits& limits) {
  if (limits.only_deletions.empty() || run.is_read_only())
    return {};
  const auto sql = skip_blank(sqlite3_sql(run.handle()));
  if (starts_with_ignoring_case(sql, "delete")
      || starts_with_ignoring_case(sql, "drop"))
    return {};
  return codec::fail(error_code::storage, std::string{limits.only_deletions});
}

double milliseconds_since(clock::time_point start) {
  return std::chrono::duration<double, std::milli>(clock::now() - start)
      .count();
}

codec::result<void> executor::run_state::check_reply_size() const {
  if (out.size() > limits.reply_bytes_max)
    return std::unexpected{reply_too_large(limits.reply_bytes_max)};
  return {};
}

deadline executor::statement_deadline(const run_state& state,
                                      deadline now) const {
  const auto bound_ms = std::chrono::milliseconds{
      connection_.options().limits.statement_ms_max};
  return std::min(state.limits.until, now + bound_ms);
}

codec::result<void> executor::run_statement(run_state& state, statement& run,
                                            const codec::parameters& params,
                                            result_encoder* encoder) {
  const auto& seen = connection_.authorizer().seen();
  if (is_reader()
      && (!run.is_read_only() || seen.is_upkeep || seen.asks_last_rowid
          || seen.switches_keys)) {
    state.done.needs_writer = true;
    return {};
  }
  state.started = clock::now();
  if (state.started >= state.limits.until || connection_.is_cancelled())
    return codec::fail(error_code::timeout,
                       "the deadline passed before the statement ran; it was "
                       "not executed");
  if (auto allowed = check_frees_room(run, state.limits); !allowed)
    return allowed;
  if (auto switched = switch_setting(state); !switched)
    return switched;
  if (!is_reader()) {
    const auto trusted = storage::authorizer::trust{connection_.authorizer()};
    if (auto known = connection_.rows().prepare_for(run.tables_written); !known)
      return known;
    state.changes_before = sqlite3_total_changes64(connection_.handle());
    connection_.rows().start_statement();
  }
  connection_.set_deadline(statement_deadline(state, state.started));
  auto done = execute(state, run, params, encoder);
  run.reset();
  connection_.set_deadline(no_deadline);
  // Behind the last use of `run`, which may be the cache's: a virtual table
  // can change the schema while it is written to.
  if (!is_reader() && seen.changes_schema)
    connection_.forget_schema();
  return done;
}

codec::result<void> executor::switch_setting(run_state& state) {
  const auto& seen = connection_.authorizer().seen();
  if (seen.switches_like)
    if (auto done = connection_.set_case_sensitive_like(*seen.switches_like);
        !done)
      return done;
  if (!seen.switches_keys) {
    state.does_more = true;
    return {};
  }
  if (*seen.switches_keys && !state.keys)
    return {};
  // SQLite would not count it any more.
  if (auto held = connection_.check_deferred_keys(); !held)
    return held;
  if (!state.keys)
    state.keys.emplace(connection_.handle());
  state.keys->turn(*seen.switches_keys);
  return {};
}

codec::result<void> executor::settle_keys(run_state& state) {
  if (!state.keys)
    return {};
  state.keys.reset();
  if (!state.does_more)
    return codec::fail(error_code::not_authorized,
                       "PRAGMA foreign_keys=OFF ends with its request, so it "
                       "changes nothing alone: send it in one script, batch or "
                       "migration with the statements that need it");
  return check_foreign_keys(connection_,
                            statement_deadline(state, clock::now()));
}

codec::result<void> executor::execute(run_state& state, statement& run,
                                      const codec::parameters& params,
                                      result_encoder* encoder) {
  if (auto bound = run.bind(params); !bound) {
    if (bound.error().code == error_code::too_large)
      return std::unexpected{connection_.describe_last_error()};
    return bound;
  }
  state.schema_before.reset();
  if (connection_.authorizer().seen().creates) {
    auto version = connection_.integer(schema_version_sql);
    if (!version)
      return std::unexpected{version.error()};
    state.schema_before = *version;
  }
  if (encoder != nullptr)
    encoder->begin();
  const auto changes_schema = connection_.authorizer().seen().changes_schema;
  const auto schema_bytes = changes_schema ? connection_.schema_bytes() : 0;
  {
    const auto watch = text_watch{
        connection_,
        {.patterns = run.patterns,
         .text_bytes = std::max(run.sql_bytes, longest_text(params))}};
    if (auto done = step_to_end(state, run, encoder); !done)
      return done;
  }
  if (changes_schema)
    if (auto fits = check_schema_size(schema_bytes); !fits)
      return fits;
  auto meta = measure(state, run, encoder != nullptr ? encoder->rows() : 0);
  if (!meta)
    return std::unexpected{meta.error()};
  auto& earlier = state.earlier;
  meta->changes += earlier.changes;
  meta->changed_db |= earlier.changed_db;
  if (meta->last_row_id == 0)
    meta->last_row_id = earlier.last_row_id;
  if (encoder == nullptr) {
    earlier = *meta;
    return {};
  }
  if (auto ended = encoder->end(run, *meta); !ended)
    return ended;
  return state.check_reply_size();
}

/// Of a statement that ran.
codec::error executor::describe_failure(const statement& run) {
  auto result = connection_.describe_last_error();
  if (result.code != error_code::storage || !is_full(result))
    return result;
  // SQLite says the same of a full disk.
  for (const auto& table : run.tables_written)
    if (has_last_rowid(connection_, table))
      return {
          error_code::constraint,
          "the table '" + table
              + "' has no rowid left, for its AUTOINCREMENT has come to the "
                "largest one: "
              + result.message,
          codec::fault_kind::request, result.sqlite_code};
  return result;
}

/// A database that is beyond the limit already may get smaller.
codec::result<void>
executor::check_schema_size(std::int64_t bytes_before) const {
  const auto bytes = connection_.schema_bytes();
  const auto bytes_max = connection_.options().limits.schema_bytes_max;
  if (bytes <= bytes_before || static_cast<std::uint64_t>(bytes) <= bytes_max)
    return {};
  return codec::fail(error_code::too_large,
                     "the schema of the database would take "
                         + std::to_string(bytes)
                         + " bytes of memory in each connection, more than "
                           "limits.schema_bytes_max ("
                         + std::to_string(bytes_max)
                         + " bytes) allows: drop what is not used, or make "
                           "defaults, checks and views shorter");
}

codec::result<void> executor::step_to_end(run_state& state, statement& run,
                                          result_encoder* encoder) {
  auto* handle = run.handle();
  while (true) {
    const auto step = sqlite3_step(handle);
    if (step == SQLITE_DONE)
      return {};
    if (step != SQLITE_ROW)
      return std::unexpected{describe_failure(run)};
    if (encoder == nullptr)
      continue;
    if (auto taken = encoder->row(run, state.limits.reply_bytes_max); !taken)
      return taken;
  }
}

codec::result<statement_meta>
executor::measure(run_state& state, statement& run, std::int64_t rows) {
  auto meta = statement_meta{};
  meta.duration_ms = milliseconds_since(state.started);
  const auto scanned
      = sqlite3_stmt_status(run.handle(), SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
  // SQLite counts the steps between the rows of a scan.
  meta.rows_read = scanned > 0 ? scanned + 1 : 0;
  const auto& seen = connection_.authorizer().seen();
  if (run.is_read_only() && !seen.is_upkeep) {
    meta.rows_read = std::max(meta.rows_read, rows);
  } else {
    state.done.wrote = true;
    auto* db = connection_.handle();
    meta.changes = sqlite3_total_changes64(db) - state.changes_before;
    meta.last_row_id = sqlite3_last_insert_rowid(db);
    meta.rows_written = connection_.rows().rows_written();
    meta.rows_read
        = std::max(meta.rows_read, connection_.rows().rows_visited());
    auto changed_schema = seen.changes_schema;
    if (state.schema_before) {
      auto version = connection_.integer(schema_version_sql);
      if (!version)
        return std::unexpected{version.error()};
      // The same: IF NOT EXISTS found it.
      changed_schema = *version != *state.schema_before;
    }
    meta.changed_db
        = changed_schema || meta.changes > 0 || meta.rows_written > 0;
    state.done.changed_db |= meta.changed_db;
    state.done.changed_schema |= changed_schema;
  }
  auto size = size_after(state);
  if (!size)
    return std::unexpected{size.error()};
  meta.size_after_bytes = *size;
  return meta;
}

codec::result<std::int64_t> executor::size_after(const run_state& state) {
  const auto commit = state.limits.commit_number;
  if (is_reader() && commit != 0 && commit == size_commit_)
    return size_bytes_;
  auto size = connection_.size_bytes();
  if (size) {
    size_bytes_ = *size;
    size_commit_ = commit;
  }
  return size;
}

} // namespace sluice::storage
