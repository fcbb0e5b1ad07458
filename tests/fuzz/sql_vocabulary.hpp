#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

/// Pieces of SQL that fit the database of guarded_database.
namespace sluice::fuzz {

using random_source = std::minstd_rand;

/// A number below `bound`; 0 where that is 0.
[[nodiscard]] std::size_t below(random_source& random, std::size_t bound);

/// An expression with any of SQLite's operators and functions.
[[nodiscard]] std::string random_expression(random_source& random);

/// What may stand at the end of a statement, e.g. " ORDER BY a".
[[nodiscard]] std::string random_clause(random_source& random);

/// The name of a table, view, index or trigger.
[[nodiscard]] std::string_view random_name(random_source& random);

} // namespace sluice::fuzz
