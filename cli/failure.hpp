#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

/// How commands end.
namespace sluice::cli {

/// The exit status of the process.
enum class exit_code : std::uint8_t {
  ok = 0,
  refused = 1,     ///< The server refused, or the SQL failed.
  usage = 2,       ///< The command line or the settings are wrong.
  unreachable = 3, ///< No server, or no answer within the time.
};

/// Why a command did not do what it was told to.
struct failure {
  exit_code code = exit_code::refused;
  /// For standard error; may have several lines.
  std::string message;
  /// The code of the server's error reply, as `constraint`; empty: it is none.
  std::string reply_code = {};
  /// The number of the statement of a script that the server could not execute,
  /// from 1; 0: the reply names none.
  std::size_t statement = 0;
};

template <class T>
using result = std::expected<T, failure>;

[[nodiscard]] inline std::unexpected<failure> fail(exit_code code,
                                                   std::string message) {
  return std::unexpected<failure>{failure{code, std::move(message)}};
}

} // namespace sluice::cli
