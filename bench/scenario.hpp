#pragma once

#include "bench/load.hpp"
#include "bench/test_rows.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::bench {

/// What is measured.
enum class scenario : std::uint8_t {
  echo,         ///< A bare echo service: what NATS alone allows.
  point_select, ///< One row by its primary key.
  insert,       ///< One row per request.
  batch,        ///< A transaction of many rows per request.
  scan,         ///< A read that takes SQLite about a millisecond.
  update,       ///< A write of 500 rows.
};

inline constexpr auto scenarios
    = std::array{scenario::echo,  scenario::point_select, scenario::insert,
                 scenario::batch, scenario::scan,         scenario::update};

/// What `run` measures.
inline constexpr auto run_scenarios = std::array{
    scenario::echo, scenario::point_select, scenario::insert, scenario::batch};
/// What `overload` measures.
inline constexpr auto overload_scenarios = std::array{
    scenario::scan, scenario::update, scenario::point_select, scenario::insert};

/// The word for it on the command line and in reports.
[[nodiscard]] std::string_view name_of(scenario which);
[[nodiscard]] std::optional<scenario> scenario_of(std::string_view name);

/// Rows that one request inserts; 0 if it only reads.
[[nodiscard]] std::uint32_t rows_written_by(scenario which);

/// The bodies of its requests. An echo has those of a point select.
/// @param rows of the table that is read.
[[nodiscard]] request_text requests_of(scenario which, std::uint64_t seed,
                                       std::uint32_t rows = test_rows::count);

/// What the replies begin with.
[[nodiscard]] std::string good_reply_of(scenario which);

} // namespace sluice::bench
