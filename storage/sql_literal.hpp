#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/statement.hpp"

#include <cstddef>
#include <string>
#include <string_view>

struct sqlite3_stmt;

/// Values and names as the text of SQL that gives them back exactly.
namespace sluice::storage {

/// "name", with quotes doubled: good for any name.
[[nodiscard]] std::string quoted_name(std::string_view name);

/// 'text', with quotes doubled.
[[nodiscard]] std::string quoted_text(std::string_view text);

/// The same as an expression that no reader of lines changes: programs take a
/// carriage return for a part of the end of a line, so char(13) stands for it.
[[nodiscard]] std::string text_expression(std::string_view text);

/// Whether a text can stand between quotes and comes through JSON as it is: it
/// is UTF-8 and holds no NUL.
[[nodiscard]] bool is_plain_text(std::string_view text);

void append_hexadecimal(std::string& out, std::string_view bytes);

/// A REAL that no decimal number is known for: an integer multiplied or divided
/// by powers of two, all of which are exact.
[[nodiscard]] std::string exact_real_expression(double x);

/// Writes values of rows as literals. Belongs to one thread.
class literal_writer {
public:
  /// @param connection any, to read numbers as SQLite does; outlives this.
  [[nodiscard]] static codec::result<literal_writer>
  make(connection& connection);

  /// Appends the value in column `index` of the row that `row` stands at:
  /// INTEGER with all its digits; REAL such that SQLite reads it back equal,
  /// 9e999 and -9e999 for the infinities; TEXT as `text_expression`, or as
  /// CAST(X'…' AS TEXT) where it holds NUL or is not UTF-8; BLOB as X'…'.
  /// @return an error where SQLite has no memory for it.
  [[nodiscard]] codec::result<void> append(std::string& out, sqlite3_stmt* row,
                                           int index);

  [[nodiscard]] std::string real(double x);

private:
  literal_writer() = default;
  [[nodiscard]] bool reads_back(const std::string& text, double x);

  sqlite3* db_ = nullptr;
  /// SELECT CAST(?1 AS REAL)
  statement reader_;
};

} // namespace sluice::storage
