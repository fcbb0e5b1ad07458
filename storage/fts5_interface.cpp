#include "storage/fts5_interface.hpp"

#include "storage/statement.hpp"

#include <sqlite3.h>

namespace sluice::storage {

fts5_api* fts5_interface(sqlite3* db) noexcept {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &raw, nullptr) != SQLITE_OK)
    return nullptr;
  const auto owner = statement_handle{raw};
  fts5_api* api = nullptr;
  if (sqlite3_bind_pointer(raw, 1, static_cast<void*>(&api), "fts5_api_ptr",
                           nullptr)
          != SQLITE_OK
      || sqlite3_step(raw) != SQLITE_ROW)
    return nullptr;
  return api;
}

} // namespace sluice::storage
