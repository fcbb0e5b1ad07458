#pragma once

#include "bench/outcome.hpp"

#include <sqlite3.h>

#include <memory>
#include <string>

namespace sluice::bench {

struct sqlite_deleter {
  // Both say only what the last call said already.
  void operator()(sqlite3* handle) const noexcept {
    static_cast<void>(sqlite3_close_v2(handle));
  }
  void operator()(sqlite3_stmt* handle) const noexcept {
    static_cast<void>(sqlite3_finalize(handle));
  }
};

template <class T>
using sqlite_handle = std::unique_ptr<T, sqlite_deleter>;

/// The failure for a result code, or nothing if it is `wanted`.
[[nodiscard]] result<void> check(int code, sqlite3* database,
                                 const std::string& doing,
                                 int wanted = SQLITE_OK);

/// Opens a database as Sluice does: with a write-ahead log, and every commit
/// synced.
[[nodiscard]] result<sqlite_handle<sqlite3>> open(const std::string& file);

[[nodiscard]] result<void> execute(sqlite3& database, const std::string& sql);

[[nodiscard]] result<sqlite_handle<sqlite3_stmt>>
prepare(sqlite3& database, const std::string& sql);

} // namespace sluice::bench
