#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/statement.hpp"

#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace sluice::storage {

/// The rows of one of Sluice's own queries. Belongs to its connection's thread,
/// and must not outlive the connection.
class own_rows {
public:
  [[nodiscard]] static codec::result<own_rows> query(connection& source,
                                                     const std::string& sql);

  /// Goes to the next row, at first to the first one.
  /// @return false behind the last one.
  [[nodiscard]] codec::result<bool> next();

  /// The row, for the functions of SQLite that read columns.
  [[nodiscard]] sqlite3_stmt* row() const noexcept {
    return rows_.handle();
  }

private:
  own_rows(connection& source, statement rows);

  connection* source_;
  statement rows_;
};

/// The bytes of a column with a TEXT or a BLOB, until the next row; none for
/// NULL.
[[nodiscard]] std::string_view bytes_in(sqlite3_stmt* row, int column);

} // namespace sluice::storage
