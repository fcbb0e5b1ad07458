#include "storage/result_encoder.hpp"

#include "storage/row_json.hpp"
#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <string>

namespace sluice::storage {

codec::error reply_too_large(std::size_t bytes_max) {
  return {codec::error_code::too_large,
          "the reply is larger than the NATS server's max_payload allows ("
              + std::to_string(bytes_max)
              + " bytes): ask for fewer rows or columns, or for a stream with "
                "the header Sluice-Stream: true"};
}

result_encoder::result_encoder(codec::json_writer& out,
                               codec::results_format format,
                               std::string_view quoted_server, row_parts* parts)
    : out_{out}, format_{format}, quoted_server_{quoted_server}, parts_{parts} {
  // nop
}

void result_encoder::begin() {
  out_.begin_object();
  out_.raw_key("\"success\"");
  out_.boolean(true);
  if (parts_ == nullptr)
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
  write_columns(out_, run);
  out_.raw_key("\"rows\"");
  out_.begin_array();
}

codec::result<void> result_encoder::row(statement& run, std::size_t bytes_max) {
  ++rows_;
  if (parts_ != nullptr)
    return format_ == codec::results_format::none ? codec::result<void>{}
                                                  : parts_->row(run);
  if (!is_open_)
    open_results(run);
  if (format_ == codec::results_format::none)
    return {};
  const auto outcome = format_ == codec::results_format::rows_and_columns
                           ? write_row_as_array(out_, run, bytes_max)
                           : write_row_as_object(out_, run, bytes_max);
  switch (outcome) {
  case row_outcome::written:
    return {};
  case row_outcome::too_large:
    return std::unexpected{reply_too_large(bytes_max)};
  case row_outcome::failed:
    break;
  }
  return std::unexpected{last_error(sqlite3_db_handle(run.handle()))};
}

codec::result<void> result_encoder::end(statement& run,
                                        const statement_meta& meta) {
  if (parts_ != nullptr) {
    if (format_ != codec::results_format::none)
      if (auto sent = parts_->finish(run); !sent)
        return sent;
  } else {
    if (!is_open_)
      open_results(run);
    out_.end_array();
    if (format_ == codec::results_format::rows_and_columns)
      out_.end_object();
  }
  write_meta(meta);
  out_.end_object();
  return {};
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
