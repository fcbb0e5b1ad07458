#include "storage/row_json.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <string_view>

namespace sluice::storage {

namespace {

/// Writes the value in column `index` of the current row.
void write_value(codec::json_writer& out, sqlite3_stmt* row, int index) {
  switch (sqlite3_column_type(row, index)) {
  case SQLITE_INTEGER:
    out.integer(sqlite3_column_int64(row, index));
    break;
  case SQLITE_FLOAT:
    out.real(sqlite3_column_double(row, index));
    break;
  case SQLITE_TEXT: {
    // The text first: asking for it may change the number of bytes.
    const auto* text
        = reinterpret_cast<const char*>(sqlite3_column_text(row, index));
    const auto bytes
        = static_cast<std::size_t>(sqlite3_column_bytes(row, index));
    out.text(text != nullptr ? std::string_view{text, bytes}
                             : std::string_view{});
    break;
  }
  case SQLITE_BLOB: {
    const auto* data
        = static_cast<const std::byte*>(sqlite3_column_blob(row, index));
    const auto bytes
        = static_cast<std::size_t>(sqlite3_column_bytes(row, index));
    out.bytes({data, bytes});
    break;
  }
  default:
    out.null();
    break;
  }
}

} // namespace

void write_columns(codec::json_writer& out, statement& run) {
  out.begin_array();
  if (!run.empty())
    for (const auto& column : run.columns())
      out.raw(column.quoted_name);
  out.end_array();
}

void write_row_as_array(codec::json_writer& out, statement& run) {
  auto* handle = run.handle();
  out.begin_array();
  const auto count = sqlite3_column_count(handle);
  for (auto i = 0; i < count; ++i)
    write_value(out, handle, i);
  out.end_array();
}

void write_row_as_object(codec::json_writer& out, statement& run) {
  auto* handle = run.handle();
  out.begin_object();
  auto i = 0;
  for (const auto& column : run.columns()) {
    if (!column.shadowed) {
      out.raw_key(column.quoted_name);
      write_value(out, handle, i);
    }
    ++i;
  }
  out.end_object();
}

} // namespace sluice::storage
