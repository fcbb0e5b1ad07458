#include "storage/executor.hpp"

#include "storage/pragma.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>

namespace sluice::storage {

using clock = std::chrono::steady_clock;
using codec::error_code;

namespace {

/// Longer texts are not worth the memory that keeping them costs.
constexpr auto cached_sql_bytes_max = std::size_t{16} << 10;

double milliseconds_since(clock::time_point start) {
  return std::chrono::duration<double, std::milli>(clock::now() - start)
      .count();
}

std::unexpected<codec::error> no_statements() {
  return codec::fail(error_code::bad_request, "No SQL statements detected.");
}

/// SQLite stops at a NUL and would ignore what follows.
codec::result<void> refuse_nul(std::string_view sql) {
  if (sql.contains('\0'))
    return codec::fail(error_code::bad_request,
                       "the field 'sql' contains a NUL character");
  return {};
}

const codec::parameters& no_parameters() {
  static const auto none = codec::parameters{};
  return none;
}

} // namespace

/// What belongs to one request while it runs.
struct executor::run_state {
  const execution_limits& limits;
  codec::json_writer& out;
  execution done = {};
  bool has_snapshot = false;
  // Of the statement that runs.
  clock::time_point started = {};
  std::int64_t changes_before = 0;
};

executor::executor(connection& connection, std::string_view server_name)
    : connection_{connection}, quoted_server_{codec::quoted(server_name)} {
  // nop
}

bool executor::is_reader() const noexcept {
  return connection_.options().access == access::reader;
}

codec::result<execution>
executor::run_query(const codec::query_request& request,
                    const execution_limits& limits, codec::json_writer& out) {
  auto state = run_state{.limits = limits, .out = out};
  connection_.authorizer().start_request();
  auto ran = run_queries(state, request);
  auto finished = finish(state);
  if (state.done.needs_writer) {
    out.clear();
    return state.done;
  }
  if (!ran || !finished) {
    out.clear();
    return std::unexpected{!ran ? std::move(ran.error())
                                : std::move(finished.error())};
  }
  return state.done;
}

codec::result<void> executor::run_queries(run_state& state,
                                          const codec::query_request& request) {
  if (request.queries.empty())
    return no_statements();
  if (request.queries.size() > 1)
    if (auto opened = open_snapshot(state); !opened)
      return opened;
  if (request.is_batch)
    state.out.begin_array();
  for (const auto& query : request.queries) {
    auto ran = run_text(state, query, request.format);
    if (!ran || state.done.needs_writer)
      return ran;
  }
  if (request.is_batch)
    state.out.end_array();
  return {};
}

codec::result<void> executor::run_text(run_state& state,
                                       const codec::query& query,
                                       codec::results_format format) {
  auto* cached = connection_.cache().find(query.sql);
  if (cached == nullptr)
    return run_uncached(state, query, format);
  connection_.authorizer().start_statement(query.sql);
  auto encoder = result_encoder{state.out, format, quoted_server_};
  return run_statement(state, *cached, query.params, &encoder);
}

codec::result<void> executor::run_uncached(run_state& state,
                                           const codec::query& query,
                                           codec::results_format format) {
  if (auto clean = refuse_nul(query.sql); !clean)
    return clean;
  auto rest = skip_blank(query.sql);
  if (rest.empty())
    return no_statements();
  auto is_first = true;
  while (true) {
    auto tail = std::string_view{};
    const auto lifetime = query.sql.size() <= cached_sql_bytes_max
                              ? statement_lifetime::cached
                              : statement_lifetime::once;
    auto compiled = compile(rest, lifetime, tail);
    if (!compiled)
      return std::unexpected{compiled.error()};
    rest = skip_blank(tail);
    if (!rest.empty()) {
      if (auto opened = open_snapshot(state); !opened)
        return opened;
      // Only the last statement has the parameters and the reply.
      auto ran = run_statement(state, *compiled, no_parameters(), nullptr);
      if (!ran || state.done.needs_writer)
        return ran;
      is_first = false;
      continue;
    }
    auto encoder = result_encoder{state.out, format, quoted_server_};
    const auto& seen = connection_.authorizer().seen();
    const auto keep = is_first && lifetime == statement_lifetime::cached
                      && !seen.is_pragma && !seen.changes_schema;
    auto& run
        = keep ? connection_.cache().insert(query.sql, std::move(*compiled))
               : *compiled;
    return run_statement(state, run, query.params, &encoder);
  }
}

codec::result<statement> executor::compile(std::string_view sql,
                                           statement_lifetime lifetime,
                                           std::string_view& tail_out) {
  auto& authorizer = connection_.authorizer();
  authorizer.start_statement(sql);
  auto compiled
      = statement::prepare(connection_.handle(), sql, lifetime, tail_out);
  if (!compiled)
    return std::unexpected{compiled.error().code == error_code::too_large
                               ? std::move(compiled.error())
                               : connection_.describe_last_error()};
  // Blanks and comments are skipped before, so this is defence in depth.
  if (compiled->empty())
    return no_statements();
  compiled->tables_written = authorizer.seen().tables_written;
  return compiled;
}

codec::result<void> executor::run_statement(run_state& state, statement& run,
                                            const codec::parameters& params,
                                            result_encoder* encoder) {
  if (is_reader() && !run.is_read_only()) {
    state.done.needs_writer = true;
    return {};
  }
  state.started = clock::now();
  if (state.started >= state.limits.until)
    return codec::fail(error_code::timeout,
                       "the deadline passed before the statement ran; it was "
                       "not executed");
  const auto bound_ms = std::chrono::milliseconds{
      connection_.options().limits.statement_ms_max};
  connection_.set_deadline(
      std::min(state.limits.until, state.started + bound_ms));
  if (!is_reader()) {
    const auto trusted = storage::authorizer::trust{connection_.authorizer()};
    if (auto known = connection_.rows().prepare_for(run.tables_written); !known)
      return known;
    state.changes_before = sqlite3_total_changes64(connection_.handle());
    connection_.rows().start_statement();
  }
  auto done = run.bind(params);
  if (encoder != nullptr)
    encoder->begin();
  if (done)
    done = step_to_end(state, run, encoder);
  if (done) {
    auto meta = measure(state, run, encoder != nullptr ? encoder->rows() : 0);
    if (!meta)
      done = std::unexpected{meta.error()};
    else if (encoder != nullptr)
      encoder->end(run, *meta);
  }
  run.reset();
  connection_.set_deadline(no_deadline);
  return done;
}

codec::result<void> executor::step_to_end(run_state& state, statement& run,
                                          result_encoder* encoder) {
  auto* handle = run.handle();
  while (true) {
    const auto step = sqlite3_step(handle);
    if (step == SQLITE_DONE)
      return {};
    if (step != SQLITE_ROW)
      return std::unexpected{connection_.describe_last_error()};
    if (encoder == nullptr)
      continue;
    encoder->row(run);
    if (state.out.size() > state.limits.reply_bytes_max)
      return codec::fail(
          error_code::too_large,
          "the reply is larger than the NATS server's max_payload allows ("
              + std::to_string(state.limits.reply_bytes_max)
              + " bytes): ask for fewer rows or columns");
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
  if (run.is_read_only()) {
    meta.rows_read = std::max(meta.rows_read, rows);
  } else {
    auto* db = connection_.handle();
    meta.changes = sqlite3_total_changes64(db) - state.changes_before;
    meta.last_row_id = sqlite3_last_insert_rowid(db);
    meta.rows_written = connection_.rows().rows_written();
    meta.rows_read
        = std::max(meta.rows_read, connection_.rows().rows_visited());
    const auto changed_schema = connection_.authorizer().seen().changes_schema;
    meta.changed_db
        = changed_schema || meta.changes > 0 || meta.rows_written > 0;
    // A statement that changes the schema is never one of the cache.
    if (changed_schema)
      connection_.forget_schema();
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

codec::result<void> executor::open_snapshot(run_state& state) {
  // A writer is in its group's transaction already.
  if (!is_reader() || state.has_snapshot)
    return {};
  auto begun = connection_.run("BEGIN");
  state.has_snapshot = begun.has_value();
  return begun;
}

codec::result<void> executor::finish(run_state& state) {
  auto result = codec::result<void>{};
  if (state.has_snapshot && connection_.in_transaction())
    result = connection_.run("COMMIT");
  auto& authorizer = connection_.authorizer();
  if (authorizer.settings_changed())
    for (const auto sql : restore_statements())
      if (auto restored = connection_.run(sql); !restored && result)
        result = std::move(restored);
  // An automatic rollback has taken them along.
  if (authorizer.temporary_objects_made()
      && (is_reader() || connection_.in_transaction()))
    if (auto dropped = drop_temporary_objects(); !dropped && result)
      result = std::move(dropped);
  return result;
}

codec::result<void> executor::drop_temporary_objects() {
  // Views first: a table that a view names can go, but not the other way
  // round without leaving a broken view.
  while (true) {
    auto drop = connection_.text(
        "SELECT 'DROP ' || type || ' temp.\"' || replace(name, '\"', '\"\"') "
        "|| "
        "'\"' FROM sqlite_temp_schema WHERE type IN ('table', 'view') AND name "
        "NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC LIMIT 1");
    if (!drop)
      return std::unexpected{drop.error()};
    if (drop->empty())
      return {};
    if (auto dropped = connection_.run_once(*drop); !dropped)
      return dropped;
  }
}

codec::result<execution>
executor::run_script(const codec::exec_request& request,
                     const execution_limits& limits, codec::json_writer& out) {
  auto state = run_state{.limits = limits, .out = out};
  connection_.authorizer().start_request();
  const auto started = clock::now();
  auto count = std::int64_t{0};
  auto ran = refuse_nul(request.sql);
  auto rest = skip_blank(request.sql);
  while (ran && !rest.empty()) {
    ++count;
    const auto begins_at
        = static_cast<std::ptrdiff_t>(request.sql.size() - rest.size());
    auto tail = std::string_view{};
    auto compiled = compile(rest, statement_lifetime::once, tail);
    if (!compiled)
      ran = std::unexpected{std::move(compiled.error())};
    else
      ran = run_statement(state, *compiled, no_parameters(), nullptr);
    if (!ran) {
      const auto line = 1
                        + std::count(request.sql.begin(),
                                     request.sql.begin() + begins_at, '\n');
      ran.error().message = "statement " + std::to_string(count) + ", line "
                            + std::to_string(line) + ": " + ran.error().message;
    }
    rest = skip_blank(tail);
  }
  if (ran && count == 0)
    ran = no_statements();
  auto finished = finish(state);
  if (!ran || !finished)
    return std::unexpected{!ran ? std::move(ran.error())
                                : std::move(finished.error())};
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("count");
  out.integer(count);
  out.key("duration");
  out.real(milliseconds_since(started));
  out.end_object();
  return state.done;
}

} // namespace sluice::storage
