#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

/// How calls and the program end.
namespace sluice::bench {

/// The exit status of the process.
enum class exit_code : std::uint8_t {
  ok = 0,
  errors = 1, ///< A request failed, or the measurement could not be made.
  usage = 2,  ///< The command line is wrong.
};

/// Errors are sentences for people: the benchmark reacts to none of them other
/// than by ending.
template <class T>
using result = std::expected<T, std::string>;

[[nodiscard]] inline std::unexpected<std::string> fail(std::string message) {
  return std::unexpected<std::string>{std::move(message)};
}

} // namespace sluice::bench
