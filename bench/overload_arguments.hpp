#pragma once

#include "bench/overload_command.hpp"

#include <string>
#include <vector>

// NOLINTBEGIN(readability-identifier-naming)
namespace CLI {
class App;
} // namespace CLI
// NOLINTEND(readability-identifier-naming)

namespace sluice::bench {

/// Adds the options of `overload`.
/// @param kinds gets what is measured, for `choose_kinds`.
void add_overload(CLI::App& app, overload_options& options,
                  std::vector<std::string>& kinds);

/// Takes over what was asked for, in the order of the report; nothing: all.
void choose_kinds(overload_options& options,
                  const std::vector<std::string>& kinds);

} // namespace sluice::bench
