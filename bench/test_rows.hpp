#pragma once

#include <cstdint>

/// The tables that everything is measured with, in Sluice and in SQLite alone.
namespace sluice::bench::test_rows {

/// Rows of the table that is read; their ids are 1…count.
inline constexpr auto count = std::uint32_t{100'000};

inline constexpr auto create_people
    = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "email TEXT NOT NULL, age INTEGER NOT NULL)";
inline constexpr auto insert_person
    = "INSERT INTO people (id, name, email, age) VALUES (?, ?, ?, ?)";
inline constexpr auto select_person
    = "SELECT id, name, email, age FROM people WHERE id = ?";

/// Costly requests look at, or change, so many rows from a random one on, which
/// takes SQLite a millisecond, or some tenths of one.
inline constexpr auto rows_scanned = std::uint32_t{8'000};
inline constexpr auto rows_updated = std::uint32_t{500};

/// The table that is written; empty when a measurement begins.
inline constexpr auto create_written
    = "CREATE TABLE written (id INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "number INTEGER NOT NULL)";
inline constexpr auto drop_written = "DROP TABLE IF EXISTS written";
inline constexpr auto insert_written
    = "INSERT INTO written (name, number) VALUES (?, ?)";
inline constexpr auto written_name = "Ada Lovelace";

} // namespace sluice::bench::test_rows
