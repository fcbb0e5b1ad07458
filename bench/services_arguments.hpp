#pragma once

#include "bench/posts_command.hpp"
#include "bench/services_command.hpp"

#include <CLI/CLI.hpp>

/// The options of `sluice-bench services` and `posts`.
namespace sluice::bench {

void add_services(CLI::App& app, services_options& options);
void add_posts(CLI::App& app, posts_options& options);

} // namespace sluice::bench
