#pragma once

#include "cli/failure.hpp"
#include "cli/statement_splitter.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// How a file of SQL is sent.
struct import_options {
  std::string database;
  /// For messages.
  std::string file_name;
  /// Bounds of one transaction.
  std::size_t batch_bytes_max = 96u << 10;
  std::size_t batch_statements_max = 1'000;
};

/// What was committed so far, or at the end.
struct import_progress {
  std::uint64_t statements = 0;
  std::uint64_t transactions = 0;
  /// Bytes of the file that were read.
  std::uint64_t bytes_read = 0;
  /// Milliseconds that the server took.
  double duration_ms = 0;
};

/// Executes a file of SQL through `db.<db>.exec`, a batch of statements at a
/// time, each of them one transaction. Keeps one batch in memory, whatever the
/// file's size.
class sql_import {
public:
  /// Sends a body to a subject under the prefix, see `client::call`.
  using call_function = std::function<result<std::string>(
      std::string_view tail, std::string_view body)>;

  /// What the caller may want to hear of; either may be empty.
  struct observer {
    /// Before the first transaction, if there will be several.
    std::function<void()> on_split;
    /// After each transaction.
    std::function<void(const import_progress&)> on_progress;
  };

  /// @param in outlives this.
  sql_import(std::istream& in, import_options options, call_function call,
             observer listener);

  /// Reads to the end. A failure says which line failed and what was
  /// committed before.
  [[nodiscard]] result<import_progress> run();

private:
  /// The next statement of the file; none at its end.
  result<std::optional<sql_statement>> read_statement();
  [[nodiscard]] result<void> check(const sql_statement& statement) const;
  [[nodiscard]] bool fits(const sql_statement& statement) const;
  result<void> send();
  [[nodiscard]] failure explain(const failure& problem) const;
  /// "F, line 7: "
  [[nodiscard]] std::string place(std::size_t line) const;
  [[nodiscard]] std::string committed_words() const;

  std::istream& in_;
  import_options options_;
  call_function call_;
  observer listener_;
  statement_splitter splitter_;
  std::vector<sql_statement> batch_;
  std::size_t batch_bytes_ = 0;
  bool is_at_end_ = false;
  import_progress progress_;
};

} // namespace sluice::cli
