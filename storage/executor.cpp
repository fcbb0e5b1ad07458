#include "storage/executor.hpp"

#include "storage/executor_state.hpp"
#include "storage/letter_case.hpp"
#include "storage/module_arguments.hpp"
#include "storage/pragma.hpp"
#include "storage/request_bounds.hpp"
#include "storage/text_watch.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace sluice::storage {

using codec::error_code;

namespace {

/// Longer texts, and statements that take more memory, are not worth what
/// keeping them costs.
constexpr auto cached_sql_bytes_max = std::size_t{16} << 10;
constexpr auto cached_statement_bytes_max = std::size_t{256} << 10;

/// LIKE and GLOB that SQLite is thought to call while it compiles.
constexpr auto patterns_compiled = 16;

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

/// Arguments of FTS5's and FTS4's tokenizers take time by the square of their
/// length, with each connection anew: that of 64 KiB half a second.
constexpr auto virtual_table_sql_bytes_max = std::size_t{64} << 10;

/// What is in a database can be exported, and opened soon.
codec::result<void> check_virtual_table(std::string_view sql) {
  if (sql.size() > virtual_table_sql_bytes_max)
    return codec::fail(error_code::sql_error,
                       "CREATE VIRTUAL TABLE may have "
                           + std::to_string(virtual_table_sql_bytes_max)
                           + " bytes, not " + std::to_string(sql.size()));
  const auto call = parse_module_call(sql);
  const auto is_older
      = call && (call->module == "fts4" || call->module == "fts3");
  if (is_older && content_option(*call) == "")
    return codec::fail(error_code::not_authorized,
                       "a table of FTS4 without texts (content='') is not "
                       "allowed, for it could not be exported: FTS5 has the "
                       "same, USING fts5(x, content='')");
  return {};
}

const codec::parameters& no_parameters() {
  static const auto none = codec::parameters{};
  return none;
}

} // namespace

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
  auto bounds = request_bounds{connection_.options().limits};
  if (limits.stream != nullptr)
    state.parts.emplace(*limits.stream,
                        part_bounds{.bytes = limits.part_bytes,
                                    .bytes_max = limits.reply_bytes_max});
  connection_.authorizer().start_request();
  auto ran = run_queries(state, request);
  bounds.lift();
  if (ran)
    ran = settle_keys(state);
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
  for (auto i = std::size_t{0}; const auto& query : request.queries) {
    if (state.parts)
      state.parts->start(i++);
    auto ran = run_text(state, query, request.format);
    if (!ran || state.done.needs_writer)
      return ran;
  }
  if (request.is_batch)
    state.out.end_array();
  return state.check_reply_size();
}

codec::result<void> executor::run_text(run_state& state,
                                       const codec::query& query,
                                       codec::results_format format) {
  auto* cached = connection_.cache().find(query.sql);
  if (cached == nullptr)
    return run_uncached(state, query, format);
  state.earlier = {};
  connection_.authorizer().start_statement(query.sql);
  auto encoder = result_encoder{state.out, format, quoted_server_,
                                state.parts_or_null()};
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
  state.earlier = {};
  while (true) {
    auto tail = std::string_view{};
    const auto lifetime = query.sql.size() <= cached_sql_bytes_max
                              ? statement_lifetime::cached
                              : statement_lifetime::once;
    auto compiled
        = compile(state, rest, query.sql.size() - rest.size(), lifetime, tail);
    if (!compiled)
      return std::unexpected{compiled.error()};
    rest = skip_blank(tail);
    if (!rest.empty()) {
      if (auto opened = open_snapshot(state); !opened)
        return opened;
      if (compiled->has_parameters())
        return codec::fail(error_code::sql_error,
                           "When executing multiple SQL statements in a single "
                           "call, only the last statement can have "
                           "parameters.");
      // Only the last statement has the parameters and the reply.
      auto ran = run_statement(state, *compiled, no_parameters(), nullptr);
      if (!ran || state.done.needs_writer)
        return ran;
      is_first = false;
      continue;
    }
    auto encoder = result_encoder{state.out, format, quoted_server_,
                                  state.parts_or_null()};
    const auto& seen = connection_.authorizer().seen();
    // A reader would not know of a cached one that it is not for readers.
    const auto keep = is_first && lifetime == statement_lifetime::cached
                      && !seen.is_pragma && !seen.changes_schema
                      && !(is_reader() && seen.asks_last_rowid)
                      && compiled->memory_bytes() <= cached_statement_bytes_max;
    auto& run
        = keep ? connection_.cache().insert(query.sql, std::move(*compiled))
               : *compiled;
    return run_statement(state, run, query.params, &encoder);
  }
}

codec::result<statement> executor::compile(const run_state& state,
                                           std::string_view sql,
                                           std::size_t begins_at,
                                           statement_lifetime lifetime,
                                           std::string_view& tail_out) {
  // SQLite asks the authorizer about it only while it runs, which it does not
  // in a transaction.
  if (starts_with_ignoring_case(sql, "vacuum"))
    return codec::fail(error_code::not_authorized, "VACUUM is not allowed");
  const auto bytes_max
      = std::size_t{connection_.options().limits.sql_bytes_max};
  auto& authorizer = connection_.authorizer();
  authorizer.start_statement(sql);
  const auto held = connection_.check_deferred_keys();
  connection_.set_deadline(
      statement_deadline(state, std::chrono::steady_clock::now()));
  auto compiled = prepare_first(sql, lifetime, tail_out);
  // A reader may have compiled it with a schema of before.
  if (!compiled && is_reader() && connection_.look_at_schema()) {
    authorizer.start_statement(sql);
    compiled = prepare_first(sql, lifetime, tail_out);
  }
  connection_.set_deadline(no_deadline);
  if (!compiled && sql.size() > bytes_max
      && (sqlite3_errcode(connection_.handle()) & 0xff) == SQLITE_TOOBIG)
    return codec::fail(error_code::too_large,
                       "the SQL text is longer than limits.sql_bytes_max ("
                           + std::to_string(bytes_max) + " bytes)");
  if (!compiled)
    return std::unexpected{connection_.describe_last_error(begins_at)};
  // As it compiles `PRAGMA defer_foreign_keys = OFF`, SQLite forgets what is
  // violated.
  if (authorizer.seen().is_pragma && !held && connection_.check_deferred_keys())
    return std::unexpected{held.error()};
  const auto text = sql.substr(0, sql.size() - tail_out.size());
  if ((authorizer.seen().defines_table
       || authorizer.seen().defines_virtual_table)
      && mentions_reserved_name(text))
    return codec::fail(error_code::not_authorized,
                       std::string{reserved_name_refusal});
  if (authorizer.seen().defines_virtual_table)
    if (auto kept = check_virtual_table(text); !kept)
      return std::unexpected{std::move(kept.error())};
  // Blanks and comments are skipped before, so this is defence in depth.
  if (compiled->empty())
    return no_statements();
  compiled->tables_written = authorizer.seen().tables_written;
  compiled->patterns = authorizer.seen().patterns;
  compiled->sql_bytes = text.size();
  return compiled;
}

codec::result<statement> executor::prepare_first(std::string_view sql,
                                                 statement_lifetime lifetime,
                                                 std::string_view& tail_out) {
  // With statistics of an index SQLite calls functions as it compiles.
  const auto watch = text_watch{
      connection_,
      {.patterns = patterns_compiled,
       .text_bytes
       = std::min(sql.size(),
                  std::size_t{connection_.options().limits.sql_bytes_max})}};
  return statement::prepare_first(connection_.handle(), sql, lifetime,
                                  tail_out);
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
  state.keys.reset();
  if (auto restored = connection_.set_case_sensitive_like(false);
      !restored && result)
    result = std::move(restored);
  auto& authorizer = connection_.authorizer();
  if (authorizer.settings_changed()) {
    // With defer_foreign_keys SQLite would forget what is violated.
    if (auto held = connection_.check_deferred_keys(); !held && result)
      result = std::move(held);
    for (const auto sql : restore_statements())
      if (auto restored = connection_.run(sql); !restored && result)
        result = std::move(restored);
  }
  if (!authorizer.schema_touched())
    return result;
  // The transaction of a group goes on: then they are dropped one by one, and
  // the room that they took is given back after the commit.
  connection_.note_temporary_objects();
  auto dropped = connection_.in_transaction()
                     ? drop_temporary_objects()
                     : connection_.drop_temporary_storage();
  return result ? std::move(dropped) : std::move(result);
}

codec::result<void> executor::drop_temporary_objects() {
  // Views first: a table that a view names can go, but not the other way
  // round without leaving a broken view. A virtual table before its own.
  while (true) {
    auto drop = connection_.text(
        "SELECT 'DROP ' || type || ' temp.\"' || replace(name, '\"', '\"\"') "
        "|| '\"' FROM sqlite_temp_schema WHERE type IN ('table', 'view', "
        "'trigger') ORDER BY type DESC, rowid LIMIT 1");
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
  auto bounds = request_bounds{connection_.options().limits};
  connection_.authorizer().start_request();
  const auto started = std::chrono::steady_clock::now();
  auto count = std::int64_t{0};
  auto ran = refuse_nul(request.sql);
  auto rest = skip_blank(request.sql);
  while (ran && !rest.empty()) {
    ++count;
    const auto begins_at
        = static_cast<std::ptrdiff_t>(request.sql.size() - rest.size());
    auto tail = std::string_view{};
    // The offset counts from the statement, whose place is told below.
    auto compiled = compile(state, rest, 0, statement_lifetime::once, tail);
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
      ran.error().statement = count;
    }
    rest = skip_blank(tail);
  }
  if (ran && count == 0)
    ran = no_statements();
  bounds.lift();
  if (ran)
    ran = settle_keys(state);
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
