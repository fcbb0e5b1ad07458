#pragma once

#include "cli/failure.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// What a database knows of an import that is under way: how many statements
/// of which file are in it. Stands in the table `sluice_import`, is written in
/// the transaction of each batch, and goes with the last (docs/adr/0029). So an
/// import that was cut off, anywhere and for whatever reason, goes on where it
/// stopped, and no statement is executed twice.
class import_ledger {
public:
  /// See `client::call`.
  using call_function = std::function<result<std::string>(
      std::string_view tail, std::string_view body)>;

  /// Reads what there is.
  [[nodiscard]] result<void> load(const std::string& database,
                                  const call_function& call);

  /// Forgets an import that was not finished.
  [[nodiscard]] result<void> forget(const std::string& database,
                                    const call_function& call);

  /// Takes the next statement of the file into account.
  /// @return whether it has been executed already; a failure where the file is
  ///   not the one whose import is to go on.
  [[nodiscard]] result<bool> note(std::string_view statement);

  /// At the end of the file.
  /// @return a failure where it ends before the place that was reached.
  [[nodiscard]] result<void> check_end() const;

  /// How many statements were there when this import began.
  [[nodiscard]] std::uint64_t statements_found() const noexcept {
    return found_.statements;
  }
  [[nodiscard]] bool is_resuming() const noexcept {
    return found_.statements > 0;
  }

  /// Whether the file has any statement so far.
  [[nodiscard]] bool has_noted() const noexcept {
    return noted_.statements > 0;
  }

  /// What is executed behind a batch which ends with the statement that was
  /// noted last: it fails if the batch is not the next one.
  [[nodiscard]] std::string mark() const;
  /// The same for the last batch. Empty, if it is the first as well.
  [[nodiscard]] std::string last_mark() const;
  /// The batch with the mark is committed.
  void did_commit();

private:
  struct position {
    std::uint64_t statements = 0;
    /// Of all statements up to there.
    std::string fingerprint;
  };
  [[nodiscard]] std::string advance() const;

  position found_;
  position noted_;
  position committed_;
};

} // namespace sluice::cli
