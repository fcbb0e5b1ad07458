#include "bench/sqlite_handle.hpp"

namespace sluice::bench {

result<void> check(int code, sqlite3* database, const std::string& doing,
                   int wanted) {
  if (code == wanted)
    return {};
  const auto* const words
      = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  return fail(doing + ": " + words);
}

result<sqlite_handle<sqlite3>> open(const std::string& file) {
  auto* raw = static_cast<sqlite3*>(nullptr);
  const auto code = sqlite3_open_v2(file.c_str(), &raw,
                                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                        | SQLITE_OPEN_NOMUTEX,
                                    nullptr);
  auto database = sqlite_handle<sqlite3>{raw};
  auto done = check(code, raw, file);
  if (done)
    done = check(sqlite3_busy_timeout(raw, 10'000), raw, "busy timeout");
  if (done)
    done = execute(*raw, "PRAGMA journal_mode = WAL");
  if (done)
    done = execute(*raw, "PRAGMA synchronous = FULL");
  if (!done)
    return fail(done.error());
  return database;
}

result<void> execute(sqlite3& database, const std::string& sql) {
  return check(sqlite3_exec(&database, sql.c_str(), nullptr, nullptr, nullptr),
               &database, sql);
}

result<sqlite_handle<sqlite3_stmt>> prepare(sqlite3& database,
                                            const std::string& sql) {
  auto* raw = static_cast<sqlite3_stmt*>(nullptr);
  const auto code = sqlite3_prepare_v3(
      &database, sql.c_str(), static_cast<int>(sql.size() + 1),
      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (const auto done = check(code, &database, sql); !done)
    return fail(done.error());
  return sqlite_handle<sqlite3_stmt>{raw};
}

} // namespace sluice::bench
