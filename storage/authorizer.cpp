#include "storage/authorizer.hpp"

#include "storage/letter_case.hpp"
#include "storage/pragma.hpp"
#include "storage/schema_trust.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace sluice::storage {

namespace {

std::string_view view(const char* text) noexcept {
  return text != nullptr ? std::string_view{text} : std::string_view{};
}

/// A character that can stand in a name without quotes.
bool is_name_character(char c) noexcept {
  const auto lower = lower_case(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_'
         || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_temporary_creation(int action) noexcept {
  return action == SQLITE_CREATE_TEMP_TABLE || action == SQLITE_CREATE_TEMP_VIEW
         || action == SQLITE_CREATE_TEMP_TRIGGER
         || action == SQLITE_CREATE_TEMP_INDEX;
}

bool is_creation(int action) noexcept {
  return action == SQLITE_CREATE_INDEX || action == SQLITE_CREATE_TABLE
         || action == SQLITE_CREATE_TRIGGER || action == SQLITE_CREATE_VIEW
         || action == SQLITE_CREATE_VTABLE;
}

bool is_schema_change(int action) noexcept {
  switch (action) {
  case SQLITE_DROP_INDEX:
  case SQLITE_DROP_TABLE:
  case SQLITE_DROP_TRIGGER:
  case SQLITE_DROP_VIEW:
  case SQLITE_DROP_VTABLE:
  case SQLITE_ALTER_TABLE:
  case SQLITE_ANALYZE:
  case SQLITE_REINDEX:
    return true;
  default:
    return is_creation(action) || is_temporary_creation(action);
  }
}

/// Whether a name stands in `sql`, in any case of letters.
bool mentions(std::string_view sql, std::string_view name) noexcept {
  return std::ranges::search(sql, name, {}, lower_case, lower_case).begin()
         != sql.end();
}

/// Begins with the name `_cf` or `_sluice`.
bool begins_with_bare_prefix(std::string_view sql) noexcept {
  return std::ranges::any_of(
      std::array<std::string_view, 2>{"_cf", "_sluice"}, [sql](auto name) {
        return starts_with_ignoring_case(sql, name)
               && (sql.size() == name.size()
                   || !is_name_character(sql[name.size()]));
      });
}

} // namespace

bool is_reserved_name(std::string_view name) noexcept {
  return starts_with_ignoring_case(name, "_cf_")
         || starts_with_ignoring_case(name, "_sluice_");
}

bool mentions_reserved_name(std::string_view sql) noexcept {
  auto is_in_name = false;
  for (auto at = std::size_t{0}; at < sql.size(); ++at) {
    if (!is_in_name
        && (is_reserved_name(sql.substr(at))
            || begins_with_bare_prefix(sql.substr(at))))
      return true;
    is_in_name = is_name_character(sql[at]);
  }
  return false;
}

authorizer::authorizer(sqlite3* db) {
  sqlite3_set_authorizer(db, &authorizer::callback, this);
}

void authorizer::start_statement(std::string_view sql) {
  text_ = sql;
  is_client_pragma_ = starts_with_ignoring_case(sql, "pragma");
  seen_.changes_schema = false;
  seen_.is_pragma = false;
  seen_.is_upkeep = false;
  seen_.switches_keys.reset();
  seen_.switches_like.reset();
  seen_.asks_last_rowid = false;
  seen_.creates = false;
  seen_.defines_table = false;
  seen_.defines_virtual_table = false;
  seen_.patterns = 0;
  seen_.tables_written.clear();
  refusal_.clear();
}

void authorizer::start_request() noexcept {
  settings_changed_ = false;
  schema_touched_ = false;
}

authorizer::trust::trust(authorizer& owner) noexcept
    : owner_{owner}, before_{owner.trusted_} {
  owner_.trusted_ = true;
}

authorizer::trust::~trust() {
  owner_.trusted_ = before_;
}

int authorizer::callback(void* self, int action, const char* first,
                         const char* second, const char* database,
                         const char* within) noexcept {
  auto& owner = *static_cast<authorizer*>(self);
  if (owner.trusted_)
    return SQLITE_OK;
  try {
    if (within != nullptr)
      if (const auto refused
          = owner.decide_in_schema(action, view(first), view(second));
          refused != SQLITE_OK)
        return refused;
    return owner.decide(action, view(first), view(second), second != nullptr,
                        view(database));
  } catch (...) {
    // Out of memory: refuse rather than let something through.
    return SQLITE_DENY;
  }
}

int authorizer::decide(int action, std::string_view first,
                       std::string_view second, bool has_second,
                       std::string_view database) {
  switch (action) {
  case SQLITE_TRANSACTION:
  case SQLITE_SAVEPOINT:
    return refuse("transaction control (BEGIN, COMMIT, ROLLBACK, SAVEPOINT, "
                  "RELEASE) is not allowed: send the statements as a batch, "
                  "which is one transaction");
  case SQLITE_ATTACH:
    return refuse("ATTACH, and VACUUM, which attaches, are not allowed");
  case SQLITE_DETACH:
    return refuse("DETACH is not allowed");
  case SQLITE_PRAGMA:
    return decide_pragma(first, second, has_second);
  case SQLITE_FUNCTION:
    if (equals_ignoring_case(second, "load_extension"))
      return refuse("load_extension is not allowed");
    // It takes the address of code that FTS3 then calls: a parameter's bytes,
    // too, whatever SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER says.
    if (equals_ignoring_case(second, "fts3_tokenizer"))
      return refuse("fts3_tokenizer is not allowed");
    if (equals_ignoring_case(second, "last_insert_rowid"))
      seen_.asks_last_rowid = true;
    if (equals_ignoring_case(second, "like")
        || equals_ignoring_case(second, "glob"))
      ++seen_.patterns;
    return SQLITE_OK;
  case SQLITE_READ:
    // It would show the other statements of this connection.
    if (equals_ignoring_case(first, "sqlite_stmt"))
      return refuse("the table sqlite_stmt is not readable");
    // Where a view is merged into the statement, SQLite does not say that it is
    // the view that reads.
    if (!table_may_be_in_schema(first) && !mentions(text_, first))
      return refuse_in_schema(first);
    break;
  case SQLITE_ANALYZE:
    // Without a name it goes over all tables, and leaves out what is ignored.
    if (is_reserved_name(first))
      return SQLITE_IGNORE;
    break;
  default:
    break;
  }
  // It could not be dropped, and would hide the one of `main`.
  if (is_creation(action) && first == "sqlite_sequence" && database == "temp")
    return refuse("AUTOINCREMENT is not allowed in a temporary table: leave it "
                  "away, INTEGER PRIMARY KEY numbers the rows");
  if (is_reserved_name(first) || is_reserved_name(second))
    return refuse(std::string{reserved_name_refusal});
  observe(action, first, second, database);
  return SQLITE_OK;
}

int authorizer::decide_in_schema(int action, std::string_view first,
                                 std::string_view second) {
  const auto refused
      = action == SQLITE_FUNCTION && !function_may_be_in_schema(second) ? second
        : action == SQLITE_READ && !table_may_be_in_schema(first)       ? first
                                                                        : "";
  return refused.empty() ? SQLITE_OK : refuse_in_schema(refused);
}

int authorizer::refuse_in_schema(std::string_view name) {
  return refuse(std::string{name} + " is not allowed in a view or a trigger");
}

int authorizer::decide_pragma(std::string_view pragma,
                              std::string_view argument, bool has_argument) {
  // FTS5 asks for it inside of its own work.
  if (!is_client_pragma_ && equals_ignoring_case(pragma, "data_version"))
    return SQLITE_OK;
  const auto use = allowed_use(pragma);
  seen_.is_pragma = true;
  if (use == pragma_use::refused)
    return refuse("PRAGMA " + std::string{pragma} + " is not allowed");
  if (use == pragma_use::read && has_argument)
    return refuse("PRAGMA " + std::string{pragma}
                  + " can be read, but not set");
  // SQLite would ignore it, in a transaction.
  if (use == pragma_use::keys && has_argument) {
    seen_.switches_keys = switches_on(argument);
    return SQLITE_IGNORE;
  }
  if (use == pragma_use::like && has_argument) {
    seen_.switches_like = switches_on(argument);
    return SQLITE_IGNORE;
  }
  if (use == pragma_use::setting && has_argument)
    settings_changed_ = true;
  if (use == pragma_use::stored && has_argument)
    seen_.changes_schema = true;
  if (use == pragma_use::upkeep)
    seen_.is_upkeep = true;
  return SQLITE_OK;
}

void authorizer::observe(int action, std::string_view first, std::string_view,
                         std::string_view database) {
  if (is_schema_change(action)) {
    seen_.changes_schema = true;
    schema_touched_ = true;
  }
  if (is_creation(action) && database == "main")
    seen_.creates = true;
  if (action == SQLITE_CREATE_TABLE || action == SQLITE_ALTER_TABLE)
    seen_.defines_table = true;
  if (action == SQLITE_CREATE_VTABLE)
    seen_.defines_virtual_table = true;
  const auto writes = action == SQLITE_INSERT || action == SQLITE_UPDATE
                      || action == SQLITE_DELETE;
  if (!writes || database != "main" || first.starts_with("sqlite_"))
    return;
  auto& tables = seen_.tables_written;
  if (std::ranges::find(tables, first) == tables.end())
    tables.emplace_back(first);
}

int authorizer::refuse(std::string reason) {
  refusal_ = std::move(reason);
  return SQLITE_DENY;
}

} // namespace sluice::storage
