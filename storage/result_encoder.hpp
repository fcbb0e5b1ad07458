#pragma once

#include "codec/json_writer.hpp"
#include "codec/query_request.hpp"
#include "storage/row_parts.hpp"
#include "storage/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::storage {

/// The measurements of one statement; the protocol's `meta`.
struct statement_meta {
  double duration_ms = 0;
  std::int64_t changes = 0;
  std::int64_t last_row_id = 0;
  bool changed_db = false;
  std::int64_t size_after_bytes = 0;
  std::int64_t rows_read = 0;
  std::int64_t rows_written = 0;
};

/// For a reply that would hold more than `bytes_max`.
[[nodiscard]] codec::error reply_too_large(std::size_t bytes_max);

/// Writes one statement's answer: {"success":true,"results":…,"meta":…}, or, of
/// a streamed result, {"success":true,"meta":…}, and its rows in parts. Rows go
/// from SQLite to JSON without a copy in between.
class result_encoder {
public:
  /// @param out where the answer goes.
  /// @param quoted_server `served_by` as JSON text; must outlive this.
  /// @param parts where the rows of a streamed result go; null: to `out`.
  result_encoder(codec::json_writer& out, codec::results_format format,
                 std::string_view quoted_server, row_parts* parts);

  void begin();
  /// The row that `run` has just stepped to.
  /// @param bytes_max what `out` may hold.
  /// @return `too_large` if it holds more, or the row was left out in part
  ///   because it would.
  [[nodiscard]] codec::result<void> row(statement& run, std::size_t bytes_max);
  /// @param run for its columns where no row came; may be empty.
  [[nodiscard]] codec::result<void> end(statement& run,
                                        const statement_meta& meta);

  [[nodiscard]] std::int64_t rows() const noexcept {
    return rows_;
  }

private:
  void open_results(statement& run);
  void write_meta(const statement_meta& meta);

  codec::json_writer& out_;
  codec::results_format format_;
  std::string_view quoted_server_;
  row_parts* parts_;
  bool is_open_ = false;
  std::int64_t rows_ = 0;
};

} // namespace sluice::storage
