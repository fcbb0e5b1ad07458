#pragma once

#include "cli/failure.hpp"

#include <cstdint>
#include <fstream>
#include <iosfwd>
#include <string>

namespace sluice::cli {

/// A file of SQL that a command line names; - is standard input.
class sql_source {
public:
  [[nodiscard]] static result<sql_source> open(const std::string& file);

  [[nodiscard]] std::istream& stream() noexcept;
  /// For messages.
  [[nodiscard]] const std::string& name() const noexcept {
    return name_;
  }
  /// Its size, 0 where there is none to know, as of a pipe.
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_;
  }

private:
  sql_source() = default;

  std::string name_;
  std::uint64_t bytes_ = 0;
  std::ifstream file_;
  bool is_stdin_ = false;
};

} // namespace sluice::cli
