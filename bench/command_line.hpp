#pragma once

#include "bench/databases_command.hpp"
#include "bench/echo_service.hpp"
#include "bench/outcome.hpp"
#include "bench/overload_command.hpp"
#include "bench/posts_command.hpp"
#include "bench/run_command.hpp"
#include "bench/services_command.hpp"
#include "bench/sqlite_command.hpp"

#include <variant>

namespace sluice::bench {

/// What the command line asks for: a command with its options, or, when the
/// answer is already given (--help, or a mistake in it), the exit status.
using command = std::variant<exit_code, run_options, overload_options,
                             databases_options, services_options, posts_options,
                             sqlite_options, echo_options>;

/// Reads the command line, and prints help and complaints.
[[nodiscard]] command parse(int argc, const char* const* argv);

} // namespace sluice::bench
