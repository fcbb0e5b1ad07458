#include "storage/row_parts.hpp"

#include "storage/row_json.hpp"
#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string>

namespace sluice::storage {

namespace {

constexpr auto age_max = std::chrono::milliseconds{250};

/// What closes a part: "]}".
constexpr auto closing_bytes = std::size_t{2};

} // namespace

row_parts::row_parts(row_stream& to, const part_bounds& bounds)
    : to_{to}, bounds_{bounds} {
  // nop
}

void row_parts::start(std::size_t statement) noexcept {
  statement_ = statement;
  parts_sent_ = 0;
  is_open_ = false;
  out_.clear();
}

void row_parts::open(statement& run) {
  is_open_ = true;
  rows_in_part_ = 0;
  opened_ = clock::now();
  out_.clear();
  out_.begin_object();
  out_.raw_key("\"columns\"");
  write_columns(out_, run);
  out_.raw_key("\"rows\"");
  out_.begin_array();
}

codec::result<void> row_parts::row(statement& run) {
  if (!is_open_)
    open(run);
  const auto size_before = out_.size();
  const auto size_max
      = bounds_.bytes_max - std::min(bounds_.bytes_max, closing_bytes);
  auto outcome = write_row_as_array(out_, run, size_max);
  if (outcome == row_outcome::too_large && rows_in_part_ > 0) {
    // The ones before it go first. SQLite still stands at this row.
    if (auto sent = send_first(size_before); !sent)
      return sent;
    open(run);
    outcome = write_row_as_array(out_, run, size_max);
  }
  if (outcome == row_outcome::failed)
    return std::unexpected{last_error(sqlite3_db_handle(run.handle()))};
  if (outcome == row_outcome::too_large)
    return codec::fail(codec::error_code::too_large,
                       "a row is larger than the NATS server's max_payload "
                       "allows ("
                           + std::to_string(bounds_.bytes_max)
                           + " bytes for one message)");
  ++rows_in_part_;
  if (out_.size() >= bounds_.bytes || clock::now() - opened_ >= age_max)
    return send();
  return {};
}

codec::result<void> row_parts::send() {
  out_.end_array();
  out_.end_object();
  is_open_ = false;
  ++parts_sent_;
  return to_.take(statement_, out_.view());
}

codec::result<void> row_parts::send_first(std::size_t bytes) {
  const auto part = std::string{out_.view().substr(0, bytes)} + "]}";
  is_open_ = false;
  ++parts_sent_;
  return to_.take(statement_, part);
}

codec::result<void> row_parts::finish(statement& run) {
  if (!is_open_) {
    if (parts_sent_ > 0 || run.empty()
        || sqlite3_column_count(run.handle()) == 0)
      return {};
    open(run);
  }
  return send();
}

} // namespace sluice::storage
