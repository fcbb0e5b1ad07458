#pragma once

#include "codec/json_writer.hpp"
#include "storage/row_stream.hpp"
#include "storage/statement.hpp"

#include <chrono>
#include <cstddef>

namespace sluice::storage {

/// How large the parts of a streamed result are.
struct part_bounds {
  /// A part that has reached it is sent.
  std::size_t bytes = 128u << 10;
  /// No part is larger: what one message holds.
  std::size_t bytes_max = 1u << 20;
};

/// Cuts the rows of a result into parts for a `row_stream`, so that a result of
/// any size needs the memory of one part. A part is also sent when its first
/// row has waited a while, so that a slow scan shows what it finds.
class row_parts {
public:
  /// @param to outlives this.
  row_parts(row_stream& to, const part_bounds& bounds);

  /// Begins the rows of the batch's statement with this number.
  void start(std::size_t statement) noexcept;

  /// The row that `run` has just stepped to.
  /// @return `too_large` for a row that no message holds.
  [[nodiscard]] codec::result<void> row(statement& run);

  /// Sends what is left, and at least one part where there are columns.
  [[nodiscard]] codec::result<void> finish(statement& run);

private:
  using clock = std::chrono::steady_clock;
  void open(statement& run);
  [[nodiscard]] codec::result<void> send();
  /// Sends the rows that stand in the part's first `bytes`.
  [[nodiscard]] codec::result<void> send_first(std::size_t bytes);

  row_stream& to_;
  part_bounds bounds_;
  codec::json_writer out_;
  std::size_t statement_ = 0;
  std::size_t parts_sent_ = 0;
  std::size_t rows_in_part_ = 0;
  bool is_open_ = false;
  clock::time_point opened_;
};

} // namespace sluice::storage
