#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/sql_literal.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::storage {

/// Where rows come from and go to.
struct row_route {
  /// The SELECT that gives them.
  std::string select;
  /// INSERT INTO "t" ("a","b")
  std::string insert;
  /// Of SQL, to be called with each TEXT where it goes; empty: none.
  std::string function = {};
};

/// Writes the rows of tables as INSERT statements, one for each. What is too
/// large for one statement goes into a table of parts first, from which the
/// row's statement puts it together: so the row comes whole, as what its table
/// demands of it has to hold. Belongs to one thread.
class insert_writer {
public:
  using text_function
      = std::function<codec::result<void>(std::string_view text)>;

  /// @param source outlives this.
  /// @param parts_table a name that the database does not have.
  /// @param on_text takes the text of whole statements.
  [[nodiscard]] static codec::result<insert_writer>
  make(connection& source, std::string parts_table,
       std::size_t statement_bytes_max, text_function on_text);

  /// Writes all rows.
  [[nodiscard]] codec::result<void> write(const row_route& route);

  /// Rows written so far, of all tables.
  [[nodiscard]] std::uint64_t rows() const noexcept {
    return rows_;
  }

  /// Writes what removes the table of parts, if there is one.
  [[nodiscard]] codec::result<void> finish();

private:
  insert_writer(connection& source, literal_writer literals);
  [[nodiscard]] codec::result<void> write_row(sqlite3_stmt* row,
                                              const row_route& route);
  [[nodiscard]] codec::result<void> write_value(sqlite3_stmt* row, int column);
  /// Which columns of the row are to be put together from parts.
  void choose_parts(sqlite3_stmt* row, std::size_t statement_bytes);
  [[nodiscard]] codec::result<void> write_parts(sqlite3_stmt* row, int column);

  connection* source_;
  literal_writer literals_;
  std::string parts_table_;
  std::size_t statement_bytes_max_ = 0;
  text_function on_text_;
  bool has_parts_table_ = false;
  std::uint64_t rows_ = 0;
  std::string text_;
  /// Of the row at hand: about how long each literal is, and which come in
  /// parts.
  std::vector<std::size_t> sizes_;
  std::vector<bool> is_in_parts_;
};

} // namespace sluice::storage
