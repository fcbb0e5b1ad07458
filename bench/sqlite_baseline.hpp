#pragma once

#include "bench/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <string>

/// What SQLite does by itself, with neither NATS nor Sluice before it.
namespace sluice::bench {

struct sqlite_figure {
  /// Reads, or rows that were committed.
  double rows_per_second = 0;
  /// Of a read, or of a transaction.
  double p50_us = 0;
  double p99_us = 0;
  double maximum_us = 0;
};

/// Makes the tables of test_rows.hpp in a new file.
[[nodiscard]] result<void> make_tables(const std::string& file);

/// Reads random rows by their primary key.
/// @param threads that read at the same time, each with a connection.
[[nodiscard]] result<sqlite_figure>
measure_reads(const std::string& file, unsigned threads,
              std::chrono::nanoseconds time);

/// Inserts rows in transactions of `rows` each, and syncs every one.
[[nodiscard]] result<sqlite_figure>
measure_commits(const std::string& file, std::uint32_t rows,
                std::chrono::nanoseconds time);

} // namespace sluice::bench
