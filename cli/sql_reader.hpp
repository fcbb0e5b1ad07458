#pragma once

#include "cli/failure.hpp"
#include "cli/statement_splitter.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace sluice::cli {

/// Reads the statements of a file of SQL, whatever its size.
class sql_reader {
public:
  /// @param in outlives this.
  /// @param file_name for messages.
  sql_reader(std::istream& in, std::string file_name,
             std::size_t statement_bytes_max);

  /// @return the next statement, none at the end; a failure names the line.
  [[nodiscard]] result<std::optional<sql_statement>> next();

  /// Bytes of the file that were read.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept {
    return bytes_read_;
  }

  /// "F, line 7: "
  [[nodiscard]] std::string place(std::size_t line) const;

private:
  [[nodiscard]] result<void> read_piece();

  std::istream& in_;
  std::string file_name_;
  std::size_t statement_bytes_max_;
  statement_splitter splitter_;
  std::uint64_t bytes_read_ = 0;
  bool is_at_end_ = false;
};

} // namespace sluice::cli
