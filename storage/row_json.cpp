#include "storage/row_json.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <string_view>

namespace sluice::storage {

namespace {

/// Writes a text or a blob.
row_outcome write_bytes(codec::json_writer& out, sqlite3_stmt* row, int index,
                        std::size_t bytes_max) {
  const auto is_text = sqlite3_column_type(row, index) == SQLITE_TEXT;
  // The text before its bytes: asking for it may change how many there are.
  const auto* text
      = is_text ? reinterpret_cast<const char*>(sqlite3_column_text(row, index))
                : nullptr;
  const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(row, index));
  // Its JSON is at least as long.
  if (bytes > bytes_max)
    return row_outcome::too_large;
  if (is_text) {
    if (text == nullptr)
      return row_outcome::failed;
    out.text({text, bytes});
    return row_outcome::written;
  }
  // Of zeroblob() this makes the bytes.
  const auto* data
      = static_cast<const std::byte*>(sqlite3_column_blob(row, index));
  if (data == nullptr && bytes > 0)
    return row_outcome::failed;
  out.bytes({data, bytes});
  return row_outcome::written;
}

/// Writes the value in column `index` of the current row.
row_outcome write_value(codec::json_writer& out, sqlite3_stmt* row, int index,
                        std::size_t bytes_max) {
  switch (sqlite3_column_type(row, index)) {
  case SQLITE_INTEGER:
    out.integer(sqlite3_column_int64(row, index));
    break;
  case SQLITE_FLOAT:
    out.real(sqlite3_column_double(row, index));
    break;
  case SQLITE_TEXT:
  case SQLITE_BLOB:
    if (const auto done = write_bytes(out, row, index, bytes_max);
        done != row_outcome::written)
      return done;
    break;
  default:
    out.null();
    break;
  }
  return out.size() <= bytes_max ? row_outcome::written
                                 : row_outcome::too_large;
}

} // namespace

void write_columns(codec::json_writer& out, statement& run) {
  out.begin_array();
  if (!run.empty())
    for (const auto& column : run.columns())
      out.raw(column.quoted_name);
  out.end_array();
}

row_outcome write_row_as_array(codec::json_writer& out, statement& run,
                               std::size_t bytes_max) {
  auto* handle = run.handle();
  out.begin_array();
  const auto count = sqlite3_column_count(handle);
  for (auto i = 0; i < count; ++i)
    if (const auto done = write_value(out, handle, i, bytes_max);
        done != row_outcome::written)
      return done;
  out.end_array();
  return out.size() <= bytes_max ? row_outcome::written
                                 : row_outcome::too_large;
}

row_outcome write_row_as_object(codec::json_writer& out, statement& run,
                                std::size_t bytes_max) {
  auto* handle = run.handle();
  out.begin_object();
  auto i = 0;
  for (const auto& column : run.columns()) {
    if (!column.shadowed) {
      out.raw_key(column.quoted_name);
      if (const auto done = write_value(out, handle, i, bytes_max);
          done != row_outcome::written)
        return done;
    }
    ++i;
  }
  out.end_object();
  return out.size() <= bytes_max ? row_outcome::written
                                 : row_outcome::too_large;
}

row_outcome write_row_members(codec::json_writer& out, statement& run,
                              std::size_t bytes_max) {
  auto* handle = run.handle();
  auto i = 0;
  for (const auto& column : run.columns()) {
    const auto index = i++;
    if (column.shadowed)
      continue;
    const auto is_question = column.name.ends_with('?');
    if (is_question)
      out.key({column.name.data(), column.name.size() - 1});
    else
      out.raw_key(column.quoted_name);
    if ((column.is_boolean || is_question)
        && sqlite3_column_type(handle, index) == SQLITE_INTEGER)
      out.boolean(sqlite3_column_int64(handle, index) != 0);
    else if (const auto done = write_value(out, handle, index, bytes_max);
             done != row_outcome::written)
      return done;
  }
  return row_outcome::written;
}

} // namespace sluice::storage
