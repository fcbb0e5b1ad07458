#include "storage/result_encoder.hpp"

#include <sqlite3.h>

#include <span>

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

result_encoder::result_encoder(codec::json_writer& out,
                               codec::results_format format,
                               std::string_view quoted_server)
    : out_{out}, format_{format}, quoted_server_{quoted_server} {
  // nop
}

void result_encoder::begin() {
  out_.begin_object();
  out_.raw_key("\"success\"");
  out_.boolean(true);
  out_.raw_key("\"results\"");
}

void result_encoder::open_results(statement& run) {
  is_open_ = true;
  if (format_ != codec::results_format::rows_and_columns) {
    out_.begin_array();
    return;
  }
  out_.begin_object();
  out_.raw_key("\"columns\"");
  out_.begin_array();
  if (!run.empty())
    for (const auto& column : run.columns())
      out_.raw(column.quoted_name);
  out_.end_array();
  out_.raw_key("\"rows\"");
  out_.begin_array();
}

bool result_encoder::value(statement& run, int index, std::size_t bytes_max) {
  auto* handle = run.handle();
  // Its JSON is at least as long.
  const auto type = sqlite3_column_type(handle, index);
  if ((type == SQLITE_TEXT || type == SQLITE_BLOB)
      && static_cast<std::size_t>(sqlite3_column_bytes(handle, index))
             > bytes_max)
    return false;
  write_value(out_, handle, index);
  return out_.size() <= bytes_max;
}

bool result_encoder::row(statement& run, std::size_t bytes_max) {
  ++rows_;
  if (!is_open_)
    open_results(run);
  if (format_ == codec::results_format::none)
    return true;
  if (format_ == codec::results_format::rows_and_columns) {
    out_.begin_array();
    const auto count = sqlite3_column_count(run.handle());
    for (auto i = 0; i < count; ++i)
      if (!value(run, i, bytes_max))
        return false;
    out_.end_array();
  } else {
    out_.begin_object();
    auto i = 0;
    for (const auto& column : run.columns()) {
      if (!column.shadowed) {
        out_.raw_key(column.quoted_name);
        if (!value(run, i, bytes_max))
          return false;
      }
      ++i;
    }
    out_.end_object();
  }
  return out_.size() <= bytes_max;
}

void result_encoder::end(statement& run, const statement_meta& meta) {
  if (!is_open_)
    open_results(run);
  out_.end_array();
  if (format_ == codec::results_format::rows_and_columns)
    out_.end_object();
  write_meta(meta);
  out_.end_object();
}

void result_encoder::write_meta(const statement_meta& meta) {
  out_.raw_key("\"meta\"");
  out_.begin_object();
  out_.raw_key("\"served_by\"");
  out_.raw(quoted_server_);
  out_.raw_key("\"served_by_primary\"");
  out_.boolean(true);
  out_.raw_key("\"duration\"");
  out_.real(meta.duration_ms);
  out_.raw_key("\"timings\"");
  out_.begin_object();
  out_.raw_key("\"sql_duration_ms\"");
  out_.real(meta.duration_ms);
  out_.end_object();
  out_.raw_key("\"changes\"");
  out_.integer(meta.changes);
  out_.raw_key("\"last_row_id\"");
  out_.integer(meta.last_row_id);
  out_.raw_key("\"changed_db\"");
  out_.boolean(meta.changed_db);
  out_.raw_key("\"size_after\"");
  out_.integer(meta.size_after_bytes);
  out_.raw_key("\"rows_read\"");
  out_.integer(meta.rows_read);
  out_.raw_key("\"rows_written\"");
  out_.integer(meta.rows_written);
  out_.end_object();
}

} // namespace sluice::storage
