#pragma once

#include "cli/sql_import.hpp"

#include <cstdint>
#include <string>

/// What commands tell of a file of SQL that they execute.
namespace sluice::cli {

/// How far it is, on one line.
/// @param bytes_total of the file; 0: not known.
[[nodiscard]] std::string progress_text(const import_progress& progress,
                                        std::uint64_t bytes_total);

/// What was done, as people or programs read it.
[[nodiscard]] std::string import_summary(const import_progress& done,
                                         bool is_json);

} // namespace sluice::cli
