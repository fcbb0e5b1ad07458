#pragma once

#include "cli/cli11.hpp"

#include <string>
#include <string_view>

/// What the command line's parser says to people.
namespace sluice::cli {

/// Breaks the descriptions of all options of `app` and of its subcommands into
/// lines that a terminal of 80 columns shows whole.
void wrap_descriptions(CLI::App& app);

/// What is wrong with a command line that did not parse, with a suggestion for
/// an option or a command that there is not.
[[nodiscard]] std::string explain(const CLI::App& app,
                                  const CLI::ParseError& problem);

} // namespace sluice::cli
