#include "storage/sqlite_error.hpp"

#include "codec/utf8.hpp"
#include "storage/request_bounds.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace sluice::storage {

namespace {

struct code_name {
  int code;
  std::string_view name;
};

#define SLUICE_CODE(x)                                                         \
  code_name {                                                                  \
    x, #x                                                                      \
  }

// Sorted by hand in the order of sqlite3.h; looked up on errors only.
constexpr auto code_names = std::array{
    SLUICE_CODE(SQLITE_OK),
    SLUICE_CODE(SQLITE_ERROR),
    SLUICE_CODE(SQLITE_INTERNAL),
    SLUICE_CODE(SQLITE_PERM),
    SLUICE_CODE(SQLITE_ABORT),
    SLUICE_CODE(SQLITE_BUSY),
    SLUICE_CODE(SQLITE_LOCKED),
    SLUICE_CODE(SQLITE_NOMEM),
    SLUICE_CODE(SQLITE_READONLY),
    SLUICE_CODE(SQLITE_INTERRUPT),
    SLUICE_CODE(SQLITE_IOERR),
    SLUICE_CODE(SQLITE_CORRUPT),
    SLUICE_CODE(SQLITE_NOTFOUND),
    SLUICE_CODE(SQLITE_FULL),
    SLUICE_CODE(SQLITE_CANTOPEN),
    SLUICE_CODE(SQLITE_PROTOCOL),
    SLUICE_CODE(SQLITE_EMPTY),
    SLUICE_CODE(SQLITE_SCHEMA),
    SLUICE_CODE(SQLITE_TOOBIG),
    SLUICE_CODE(SQLITE_CONSTRAINT),
    SLUICE_CODE(SQLITE_MISMATCH),
    SLUICE_CODE(SQLITE_MISUSE),
    SLUICE_CODE(SQLITE_NOLFS),
    SLUICE_CODE(SQLITE_AUTH),
    SLUICE_CODE(SQLITE_FORMAT),
    SLUICE_CODE(SQLITE_RANGE),
    SLUICE_CODE(SQLITE_NOTADB),
    SLUICE_CODE(SQLITE_ERROR_MISSING_COLLSEQ),
    SLUICE_CODE(SQLITE_ERROR_RETRY),
    SLUICE_CODE(SQLITE_ERROR_SNAPSHOT),
    SLUICE_CODE(SQLITE_IOERR_READ),
    SLUICE_CODE(SQLITE_IOERR_SHORT_READ),
    SLUICE_CODE(SQLITE_IOERR_WRITE),
    SLUICE_CODE(SQLITE_IOERR_FSYNC),
    SLUICE_CODE(SQLITE_IOERR_DIR_FSYNC),
    SLUICE_CODE(SQLITE_IOERR_TRUNCATE),
    SLUICE_CODE(SQLITE_IOERR_FSTAT),
    SLUICE_CODE(SQLITE_IOERR_UNLOCK),
    SLUICE_CODE(SQLITE_IOERR_RDLOCK),
    SLUICE_CODE(SQLITE_IOERR_DELETE),
    SLUICE_CODE(SQLITE_IOERR_NOMEM),
    SLUICE_CODE(SQLITE_IOERR_ACCESS),
    SLUICE_CODE(SQLITE_IOERR_CHECKRESERVEDLOCK),
    SLUICE_CODE(SQLITE_IOERR_LOCK),
    SLUICE_CODE(SQLITE_IOERR_CLOSE),
    SLUICE_CODE(SQLITE_IOERR_SHMOPEN),
    SLUICE_CODE(SQLITE_IOERR_SHMSIZE),
    SLUICE_CODE(SQLITE_IOERR_SHMLOCK),
    SLUICE_CODE(SQLITE_IOERR_SHMMAP),
    SLUICE_CODE(SQLITE_IOERR_SEEK),
    SLUICE_CODE(SQLITE_IOERR_DELETE_NOENT),
    SLUICE_CODE(SQLITE_IOERR_MMAP),
    SLUICE_CODE(SQLITE_IOERR_GETTEMPPATH),
    SLUICE_CODE(SQLITE_IOERR_CONVPATH),
    SLUICE_CODE(SQLITE_IOERR_DATA),
    SLUICE_CODE(SQLITE_IOERR_CORRUPTFS),
    SLUICE_CODE(SQLITE_LOCKED_SHAREDCACHE),
    SLUICE_CODE(SQLITE_LOCKED_VTAB),
    SLUICE_CODE(SQLITE_BUSY_RECOVERY),
    SLUICE_CODE(SQLITE_BUSY_SNAPSHOT),
    SLUICE_CODE(SQLITE_BUSY_TIMEOUT),
    SLUICE_CODE(SQLITE_CANTOPEN_NOTEMPDIR),
    SLUICE_CODE(SQLITE_CANTOPEN_ISDIR),
    SLUICE_CODE(SQLITE_CANTOPEN_FULLPATH),
    SLUICE_CODE(SQLITE_CANTOPEN_CONVPATH),
    SLUICE_CODE(SQLITE_CANTOPEN_SYMLINK),
    SLUICE_CODE(SQLITE_CORRUPT_VTAB),
    SLUICE_CODE(SQLITE_CORRUPT_SEQUENCE),
    SLUICE_CODE(SQLITE_CORRUPT_INDEX),
    SLUICE_CODE(SQLITE_READONLY_RECOVERY),
    SLUICE_CODE(SQLITE_READONLY_CANTLOCK),
    SLUICE_CODE(SQLITE_READONLY_ROLLBACK),
    SLUICE_CODE(SQLITE_READONLY_DBMOVED),
    SLUICE_CODE(SQLITE_READONLY_CANTINIT),
    SLUICE_CODE(SQLITE_READONLY_DIRECTORY),
    SLUICE_CODE(SQLITE_ABORT_ROLLBACK),
    SLUICE_CODE(SQLITE_CONSTRAINT_CHECK),
    SLUICE_CODE(SQLITE_CONSTRAINT_COMMITHOOK),
    SLUICE_CODE(SQLITE_CONSTRAINT_FOREIGNKEY),
    SLUICE_CODE(SQLITE_CONSTRAINT_FUNCTION),
    SLUICE_CODE(SQLITE_CONSTRAINT_NOTNULL),
    SLUICE_CODE(SQLITE_CONSTRAINT_PRIMARYKEY),
    SLUICE_CODE(SQLITE_CONSTRAINT_TRIGGER),
    SLUICE_CODE(SQLITE_CONSTRAINT_UNIQUE),
    SLUICE_CODE(SQLITE_CONSTRAINT_VTAB),
    SLUICE_CODE(SQLITE_CONSTRAINT_ROWID),
    SLUICE_CODE(SQLITE_CONSTRAINT_PINNED),
    SLUICE_CODE(SQLITE_CONSTRAINT_DATATYPE),
    SLUICE_CODE(SQLITE_AUTH_USER),
};

#undef SLUICE_CODE

constexpr int primary(int code) noexcept {
  return code & 0xff;
}

void append_code_names(std::string& text, int code) {
  text += ": ";
  text += result_code_name(primary(code));
  if (code != primary(code)) {
    text += " (extended: ";
    text += result_code_name(code);
    text += ')';
  }
}

codec::constraint_kind constraint_of(int code) noexcept {
  using codec::constraint_kind;
  switch (code) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
  case SQLITE_CONSTRAINT_ROWID:
    return constraint_kind::unique;
  case SQLITE_CONSTRAINT_NOTNULL:
    return constraint_kind::not_null;
  case SQLITE_CONSTRAINT_CHECK:
    return constraint_kind::check;
  case SQLITE_CONSTRAINT_FOREIGNKEY:
    return constraint_kind::foreign_key;
  default:
    return primary(code) == SQLITE_CONSTRAINT ? constraint_kind::other
                                              : constraint_kind::none;
  }
}

/// SQLite tells the columns in its message only: "UNIQUE constraint failed:
/// t.a, t.b".
std::string columns_of(codec::constraint_kind violates,
                       std::string_view message) {
  using codec::constraint_kind;
  if (violates != constraint_kind::unique
      && violates != constraint_kind::not_null)
    return {};
  constexpr auto separator = std::string_view{": "};
  const auto at = message.find(separator);
  return at == message.npos
             ? std::string{}
             : std::string{message.substr(at + separator.size())};
}

/// SQLite keeps the system's error until the next one.
int system_code_of(sqlite3* db, int code) noexcept {
  switch (primary(code)) {
  case SQLITE_CANTOPEN:
  case SQLITE_FULL:
  case SQLITE_IOERR:
    return sqlite3_system_errno(db);
  default:
    return 0;
  }
}

} // namespace

std::string_view result_code_name(int code) noexcept {
  const auto* found = std::ranges::find(code_names, code, &code_name::code);
  return found != code_names.end() ? found->name : "SQLITE_UNKNOWN";
}

codec::error_code classify(int code) noexcept {
  using codec::error_code;
  switch (code) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
  case SQLITE_CONSTRAINT_ROWID:
    return error_code::conflict;
  default:
    break;
  }
  switch (primary(code)) {
  case SQLITE_CONSTRAINT:
    return error_code::constraint;
  case SQLITE_AUTH:
    return error_code::not_authorized;
  case SQLITE_TOOBIG:
    return error_code::too_large;
  case SQLITE_INTERRUPT:
    return error_code::timeout;
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_NOLFS:
  case SQLITE_PROTOCOL:
    return error_code::storage;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error_code::unavailable;
  case SQLITE_NOMEM:
  case SQLITE_MISUSE:
  case SQLITE_INTERNAL:
    return error_code::internal;
  default:
    return error_code::sql_error;
  }
}

codec::fault_kind fault_of(int code) noexcept {
  using codec::fault_kind;
  switch (code) {
  case SQLITE_CORRUPT_VTAB:
    return fault_kind::request;
  case SQLITE_IOERR_READ:
  case SQLITE_IOERR_SHORT_READ:
  case SQLITE_IOERR_DATA:
  case SQLITE_IOERR_CORRUPTFS:
    return fault_kind::damage;
  case SQLITE_IOERR_WRITE:
  case SQLITE_IOERR_FSYNC:
  case SQLITE_IOERR_DIR_FSYNC:
  case SQLITE_IOERR_TRUNCATE:
  case SQLITE_IOERR_SHMSIZE:
  case SQLITE_IOERR_NOMEM:
  case SQLITE_IOERR_LOCK:
    return fault_kind::shortage;
  default:
    break;
  }
  switch (primary(code)) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return fault_kind::damage;
  case SQLITE_FULL:
  case SQLITE_NOMEM:
    return fault_kind::shortage;
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_NOLFS:
  case SQLITE_PROTOCOL:
  case SQLITE_MISUSE:
  case SQLITE_INTERNAL:
    return fault_kind::server;
  default:
    return fault_kind::request;
  }
}

codec::error last_error(sqlite3* db, std::size_t begins_at) {
  const auto code = sqlite3_extended_errcode(db);
  if (auto refused = request_bounds::failure(code); refused)
    return std::move(*refused);
  // It may quote a value of any bytes.
  auto text = codec::replace_invalid_utf8(sqlite3_errmsg(db));
  const auto violates = constraint_of(code);
  auto columns = columns_of(violates, text);
  // -1 where SQLite knows no place in the statement.
  if (const auto offset = sqlite3_error_offset(db); offset >= 0)
    text += " at offset "
            + std::to_string(begins_at + static_cast<std::size_t>(offset));
  append_code_names(text, code);
  return {.code = classify(code),
          .message = std::move(text),
          .fault = fault_of(code),
          .sqlite_code = code,
          .system_code = system_code_of(db, code),
          .violates = violates,
          .columns = std::move(columns)};
}

codec::error error_of(int code, std::string_view context) {
  auto text = std::string{context};
  text += ": ";
  text += sqlite3_errstr(code);
  append_code_names(text, code);
  return {classify(code), std::move(text), fault_of(code), code};
}

} // namespace sluice::storage
