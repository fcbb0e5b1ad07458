#include "storage/statement.hpp"

#include "codec/json_writer.hpp"
#include "storage/letter_case.hpp"
#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

namespace sluice::storage {

namespace {

constexpr auto wrong_bindings
    = "Wrong number of parameter bindings for SQL query.";

/// Binds one value in SQLite's terms; the value outlives the execution.
struct binder {
  sqlite3_stmt* handle;
  int index;
  int operator()(std::monostate) const noexcept {
    return sqlite3_bind_null(handle, index);
  }
  int operator()(std::int64_t x) const noexcept {
    return sqlite3_bind_int64(handle, index, x);
  }
  int operator()(double x) const noexcept {
    return sqlite3_bind_double(handle, index, x);
  }
  int operator()(const std::string& x) const noexcept {
    return sqlite3_bind_text64(handle, index, x.data(), x.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  int operator()(const codec::blob& x) const noexcept {
    // A null pointer would bind NULL instead of an empty BLOB.
    if (x.bytes.empty())
      return sqlite3_bind_zeroblob(handle, index, 0);
    return sqlite3_bind_blob64(handle, index, x.bytes.data(), x.bytes.size(),
                               SQLITE_STATIC);
  }
};

codec::result<void> bind_one(sqlite3_stmt* handle, int index,
                             const codec::value& x) {
  if (std::visit(binder{handle, index}, x) != SQLITE_OK)
    return std::unexpected{last_error(sqlite3_db_handle(handle))};
  return {};
}

/// A parameter's name without its leading `:`, `@` or `$`.
std::string_view bare_name(std::string_view name) noexcept {
  const auto prefixed
      = !name.empty() && std::string_view{":@$"}.contains(name.front());
  return prefixed ? name.substr(1) : name;
}

} // namespace

void statement_finalizer::operator()(sqlite3_stmt* handle) const noexcept {
  // Returns the error of the last step, which was reported then.
  sqlite3_finalize(handle);
}

codec::result<statement> statement::prepare(sqlite3* db, std::string_view sql,
                                            statement_lifetime lifetime,
                                            std::string_view& tail_out) {
  return compile(db, {sql, 0}, lifetime, tail_out);
}

codec::result<statement> statement::prepare_first(sqlite3* db,
                                                  std::string_view sql,
                                                  statement_lifetime lifetime,
                                                  std::string_view& tail_out) {
  return compile(db, {sql, 1}, lifetime, tail_out);
}

codec::result<statement> statement::compile(sqlite3* db, const source& from,
                                            statement_lifetime lifetime,
                                            std::string_view& tail_out) {
  const auto sql = from.text;
  if (sql.size() >= std::size_t{std::numeric_limits<int>::max()})
    return codec::fail(codec::error_code::too_large,
                       "the SQL text is too long");
  const auto flags = lifetime == statement_lifetime::cached
                         ? unsigned{SQLITE_PREPARE_PERSISTENT}
                         : 0u;
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const auto rc = sqlite3_prepare_v3(
      db, sql.data(), static_cast<int>(sql.size() + from.nul_bytes), flags,
      &raw, &tail);
  auto result = statement{};
  result.handle_.reset(raw);
  if (rc != SQLITE_OK)
    return std::unexpected{last_error(db)};
  tail_out = tail == nullptr
                 ? std::string_view{}
                 : sql.substr(static_cast<std::size_t>(tail - sql.data()));
  return result;
}

bool statement::is_read_only() const noexcept {
  // SQLite answers for the statement behind EXPLAIN, which does not run.
  return sqlite3_stmt_readonly(handle_.get()) != 0
         || sqlite3_stmt_isexplain(handle_.get()) != 0;
}

bool statement::has_parameters() const noexcept {
  return sqlite3_bind_parameter_count(handle_.get()) > 0;
}

std::size_t statement::memory_bytes() const noexcept {
  return static_cast<std::size_t>(
      sqlite3_stmt_status(handle_.get(), SQLITE_STMTSTATUS_MEMUSED, 0));
}

codec::result<void> statement::bind(const codec::parameters& params) {
  if (const auto* named = std::get_if<codec::named_parameters>(&params))
    return bind_named(*named);
  return bind_positional(std::get<codec::positional_parameters>(params));
}

codec::result<void>
statement::bind_positional(const codec::positional_parameters& params) {
  const auto expected = sqlite3_bind_parameter_count(handle_.get());
  if (params.size() != static_cast<std::size_t>(expected))
    return codec::fail(codec::error_code::sql_error, wrong_bindings);
  for (auto i = 0; i < expected; ++i)
    if (auto bound
        = bind_one(handle_.get(), i + 1, params[static_cast<std::size_t>(i)]);
        !bound)
      return bound;
  return {};
}

codec::result<void>
statement::bind_named(const codec::named_parameters& params) {
  const auto expected = sqlite3_bind_parameter_count(handle_.get());
  if (params.size() != static_cast<std::size_t>(expected))
    return codec::fail(codec::error_code::sql_error, wrong_bindings);
  for (auto i = 1; i <= expected; ++i) {
    const char* name = sqlite3_bind_parameter_name(handle_.get(), i);
    if (name == nullptr)
      return codec::fail(codec::error_code::sql_error, wrong_bindings);
    // Clients write {"id": 7} as well as {":id": 7}.
    const auto found = std::ranges::find_if(params, [name](const auto& param) {
      return param.first == name || param.first == bare_name(name);
    });
    if (found == params.end())
      return codec::fail(codec::error_code::sql_error, wrong_bindings);
    if (auto bound = bind_one(handle_.get(), i, found->second); !bound)
      return bound;
  }
  return {};
}

void statement::reset() noexcept {
  // Both repeat the error of the last step or cannot fail.
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  // An execution that failed has not been measured, and must not count for the
  // next one.
  sqlite3_stmt_status(handle_.get(), SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
}

const std::vector<statement::column>& statement::columns() {
  const auto compilations
      = sqlite3_stmt_status(handle_.get(), SQLITE_STMTSTATUS_REPREPARE, 0);
  if (compilations != compilations_) {
    load_columns();
    compilations_ = compilations;
  }
  return columns_;
}

void statement::load_columns() {
  columns_.clear();
  const auto count = sqlite3_column_count(handle_.get());
  columns_.reserve(static_cast<std::size_t>(count));
  for (auto i = 0; i < count; ++i) {
    const char* raw = sqlite3_column_name(handle_.get(), i);
    auto name = std::string{raw != nullptr ? raw : ""};
    for (auto& earlier : columns_)
      if (earlier.name == name)
        earlier.shadowed = true;
    auto quoted_name = codec::quoted(name);
    const char* type = sqlite3_column_decltype(handle_.get(), i);
    const auto is_boolean
        = type != nullptr && equals_ignoring_case(type, "boolean");
    columns_.push_back(
        {std::move(name), std::move(quoted_name), false, is_boolean});
  }
}

std::string_view skip_blank(std::string_view sql) noexcept {
  while (!sql.empty()) {
    const auto text = sql.find_first_not_of(" \t\n\f\r;");
    if (text == std::string_view::npos)
      return {};
    sql.remove_prefix(text);
    if (sql.starts_with("--")) {
      const auto end = sql.find('\n');
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
    } else if (sql.starts_with("/*")) {
      // SQLite lets the end of the text close a comment.
      const auto end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      break;
    }
  }
  return sql;
}

} // namespace sluice::storage
