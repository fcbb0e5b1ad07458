#pragma once

#include "bench/databases_command.hpp"

// NOLINTBEGIN(readability-identifier-naming)
namespace CLI {
class App;
} // namespace CLI
// NOLINTEND(readability-identifier-naming)

namespace sluice::bench {

/// Adds the options of `databases`.
void add_databases(CLI::App& app, databases_options& options);

} // namespace sluice::bench
