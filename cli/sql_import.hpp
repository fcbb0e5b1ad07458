#pragma once

#include "cli/failure.hpp"
#include "cli/import_ledger.hpp"
#include "cli/sql_reader.hpp"
#include "cli/statement_splitter.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  /// The same of one that leaves foreign keys violated while they are switched
  /// off: with more of the file they may be in order. 0: not tried.
  std::size_t batch_bytes_grown = 0;
  /// What dumps hold for the connection that reads them, as BEGIN and PRAGMA
  /// foreign_keys, is understood instead of being sent.
  bool takes_dumps = false;
  /// All of the file or nothing: it must fit into one batch.
  bool is_one_transaction = false;
  /// An import that was cut off goes on where it stopped (import_ledger.hpp).
  bool is_resumable = false;
};

/// What was committed so far, or at the end.
struct import_progress {
  std::uint64_t statements = 0;
  std::uint64_t transactions = 0;
  /// Of these statements, how many an earlier import had executed.
  std::uint64_t statements_found = 0;
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

  /// What the caller may want to hear of; each may be empty.
  struct observer {
    /// Before the first transaction, if there will be several.
    std::function<void()> on_split = {};
    /// After each transaction.
    std::function<void(const import_progress&)> on_progress = {};
    /// What is left out, and that an import goes on.
    std::function<void(const std::string&)> on_note = {};
  };

  /// @param in outlives this.
  sql_import(std::istream& in, import_options options, call_function call,
             observer listener);

  /// Reads to the end. A failure says which line failed and what was
  /// committed before.
  [[nodiscard]] result<import_progress> run();

private:
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> take(sql_statement statement);
  [[nodiscard]] result<void> finish();
  /// @return whether the statement is to be sent.
  [[nodiscard]] result<bool> judge(const sql_statement& statement);
  void note_once(const std::string& text);
  void observe(const sql_statement& statement, bool is_done);
  [[nodiscard]] result<void> switch_keys(bool are_off);
  [[nodiscard]] bool fits(const sql_statement& statement) const;
  /// Whether a batch goes as it is, or may be made larger.
  enum class batch_end : std::uint8_t { final, may_grow };
  [[nodiscard]] result<void> split(batch_end end);
  [[nodiscard]] result<void> send(const std::string& mark, batch_end end);
  /// How foreign keys are in a transaction.
  enum class key_checks : std::uint8_t { at_once, later, off };
  [[nodiscard]] result<std::string> execute(const std::string& mark,
                                            key_checks keys);
  [[nodiscard]] bool deletes_nothing();
  [[nodiscard]] bool is_new_database();
  [[nodiscard]] bool grow(const failure& problem, batch_end end);
  void did_commit(const std::string& reply);
  [[nodiscard]] failure explain(const failure& problem) const;
  [[nodiscard]] failure with_committed_words(failure problem) const;
  [[nodiscard]] std::string committed_words() const;

  import_options options_;
  call_function call_;
  observer listener_;
  sql_reader reader_;
  import_ledger ledger_;
  std::vector<sql_statement> batch_;
  std::size_t batch_bytes_ = 0;
  /// Each batch begins with PRAGMA defer_foreign_keys.
  bool checks_keys_later_ = false;
  /// The file has switched foreign keys off.
  bool keys_are_off_ = false;
  /// The statements of the batch do nothing but add.
  bool batch_only_adds_ = true;
  /// Statements so far made rules by which rows may go.
  bool has_rules_ = false;
  /// Tables that this file made and did not drop, as far as is committed; and
  /// in the batch.
  std::int64_t tables_made_ = 0;
  std::int64_t batch_tables_ = 0;
  std::optional<bool> is_new_database_;
  /// Why the batch was made larger.
  std::optional<failure> why_grown_;
  /// PRAGMAs that hold until the end of the file, though for a server only in
  /// one request; and how many there are where the batch begins.
  std::vector<std::pair<std::string, std::string>> settings_;
  std::string batch_settings_;
  std::size_t batch_settings_count_ = 0;
  /// Statements before those of the batch in the script that was sent last.
  std::size_t statements_ahead_ = 0;
  std::vector<std::string> notes_;
  import_progress progress_;
};

} // namespace sluice::cli
