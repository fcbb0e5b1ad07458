#include "bench/command_line.hpp"
#include "bench/interruption.hpp"

#include <cstdio>
#include <exception>

namespace sluice::bench {

namespace {

/// Executes whichever command was chosen.
struct execute_chosen {
  result<exit_code> operator()(exit_code answered) const {
    return answered;
  }
  result<exit_code> operator()(const run_options& options) const {
    return run(options);
  }
  result<exit_code> operator()(const overload_options& options) const {
    return run(options);
  }
  result<exit_code> operator()(const databases_options& options) const {
    return run(options);
  }
  result<exit_code> operator()(const services_options& options) const {
    return run(options);
  }
  result<exit_code> operator()(const posts_options& options) const {
    return run(options);
  }
  result<exit_code> operator()(const sqlite_options& options) const {
    return run(options);
  }
  result<exit_code> operator()(const echo_options& options) const {
    if (const auto served = serve_echo(options); !served)
      return fail(served.error());
    return exit_code::ok;
  }
};

result<exit_code> execute(int argc, const char* const* argv) {
  if (const auto held = hold_interruptions(); !held)
    return fail(held.error());
  return std::visit(execute_chosen{}, parse(argc, argv));
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using sluice::bench::exit_code;
  try {
    const auto done = sluice::bench::execute(argc, argv);
    if (done)
      return static_cast<int>(*done);
    std::fprintf(stderr, "sluice-bench: %s\n", done.error().c_str());
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "sluice-bench: %s\n", problem.what());
  }
  return static_cast<int>(exit_code::errors);
}
