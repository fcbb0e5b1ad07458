#include "storage/insert_writer.hpp"

#include "storage/own_rows.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <numeric>

namespace sluice::storage {

namespace {

/// An INTEGER, or nearly any REAL.
constexpr auto number_bytes = std::size_t{24};
/// What stands in a statement for a value that comes in parts, and around a
/// part.
constexpr auto words_bytes = std::size_t{160};

/// About as long as its literal is. Makes a text known to SQLite as UTF-8, so
/// that the number of its bytes does not change any more.
std::size_t literal_bytes(sqlite3_stmt* row, int column) {
  const auto type = sqlite3_column_type(row, column);
  if (type != SQLITE_TEXT && type != SQLITE_BLOB)
    return number_bytes;
  const auto* text
      = type == SQLITE_TEXT
            ? reinterpret_cast<const char*>(sqlite3_column_text(row, column))
            : nullptr;
  const auto bytes
      = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
  if (type == SQLITE_BLOB || text == nullptr)
    return 2 * bytes;
  const auto value = std::string_view{text, bytes};
  // Only what is large matters, and then whether it needs hexadecimal digits.
  if (!is_plain_text(value))
    return 2 * bytes;
  const auto doubled = [](char c) {
    return c == '\'' || c == '\r';
  };
  return bytes
         + static_cast<std::size_t>(std::ranges::count_if(value, doubled));
}

} // namespace

insert_writer::insert_writer(connection& source, literal_writer literals)
    : source_{&source}, literals_{std::move(literals)} {
  // nop
}

codec::result<insert_writer>
insert_writer::make(connection& source, std::string parts_table,
                    std::size_t statement_bytes_max, text_function on_text) {
  auto literals = literal_writer::make(source);
  if (!literals)
    return std::unexpected{std::move(literals.error())};
  auto result = insert_writer{source, std::move(*literals)};
  result.parts_table_ = quoted_name(parts_table);
  result.statement_bytes_max_ = statement_bytes_max;
  result.on_text_ = std::move(on_text);
  return result;
}

codec::result<void> insert_writer::write(const row_route& route) {
  auto rows = own_rows::query(*source_, route.select);
  if (!rows)
    return std::unexpected{std::move(rows.error())};
  auto more = rows->next();
  for (; more && *more; more = rows->next()) {
    if (auto written = write_row(rows->row(), route); !written)
      return written;
    ++rows_;
  }
  if (!more)
    return std::unexpected{std::move(more.error())};
  return {};
}

void insert_writer::choose_parts(sqlite3_stmt* row,
                                 std::size_t statement_bytes) {
  const auto columns = sqlite3_column_count(row);
  sizes_.clear();
  for (auto i = 0; i < columns; ++i)
    sizes_.push_back(literal_bytes(row, i));
  is_in_parts_.assign(sizes_.size(), false);
  auto total = std::accumulate(sizes_.begin(), sizes_.end(), statement_bytes);
  while (total > statement_bytes_max_) {
    const auto largest = std::ranges::max_element(sizes_);
    // What is left are many small ones: parts would not make them fewer.
    if (largest == sizes_.end() || *largest <= words_bytes)
      return;
    is_in_parts_[static_cast<std::size_t>(largest - sizes_.begin())] = true;
    total -= *largest - words_bytes;
    *largest = 0;
  }
}

codec::result<void> insert_writer::write_parts(sqlite3_stmt* row, int column) {
  if (!has_parts_table_) {
    has_parts_table_ = true;
    if (auto made = on_text_("CREATE TABLE " + parts_table_
                             + " (value INTEGER, part INTEGER, bytes BLOB, "
                               "PRIMARY KEY (value, part));\n");
        !made)
      return made;
  }
  const auto part_bytes_max
      = std::max<std::size_t>(statement_bytes_max_ / 2, words_bytes)
        - words_bytes / 2;
  const auto bytes = bytes_in(row, column);
  auto part = std::size_t{0};
  for (auto at = std::size_t{0}; at < bytes.size(); at += part_bytes_max) {
    auto text = "INSERT INTO " + parts_table_ + " VALUES("
                + std::to_string(column) + "," + std::to_string(part++) + ",X'";
    append_hexadecimal(text, bytes.substr(at, part_bytes_max));
    text += "');\n";
    if (auto written = on_text_(text); !written)
      return written;
  }
  return {};
}

codec::result<void> insert_writer::write_value(sqlite3_stmt* row, int column) {
  if (!is_in_parts_[static_cast<std::size_t>(column)])
    return literals_.append(text_, row, column);
  if (auto written = write_parts(row, column); !written)
    return written;
  text_ += "(SELECT CAST(group_concat(bytes,'') AS ";
  text_ += sqlite3_column_type(row, column) == SQLITE_TEXT ? "TEXT" : "BLOB";
  text_ += ") FROM (SELECT bytes FROM " + parts_table_
           + " WHERE value=" + std::to_string(column) + " ORDER BY part))";
  return {};
}

codec::result<void> insert_writer::write_row(sqlite3_stmt* row,
                                             const row_route& route) {
  const auto columns = sqlite3_column_count(row);
  const auto calls_bytes
      = static_cast<std::size_t>(columns) * route.function.size();
  choose_parts(row, route.insert.size() + calls_bytes);
  text_.assign(route.insert).append(" VALUES(");
  for (auto i = 0; i < columns; ++i) {
    if (i > 0)
      text_ += ",";
    const auto is_call
        = !route.function.empty() && sqlite3_column_type(row, i) == SQLITE_TEXT;
    if (is_call)
      text_.append(route.function).append("(");
    if (auto written = write_value(row, i); !written)
      return written;
    if (is_call)
      text_ += ")";
  }
  text_ += ");\n";
  if (std::ranges::find(is_in_parts_, true) != is_in_parts_.end())
    text_ += "DELETE FROM " + parts_table_ + ";\n";
  return on_text_(text_);
}

codec::result<void> insert_writer::finish() {
  if (!std::exchange(has_parts_table_, false))
    return {};
  return on_text_("DROP TABLE " + parts_table_ + ";\n");
}

} // namespace sluice::storage
