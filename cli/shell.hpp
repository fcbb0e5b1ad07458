#pragma once

#include "cli/client.hpp"
#include "cli/database_tables.hpp"
#include "cli/failure.hpp"
#include "cli/shell_words.hpp"
#include "cli/statement_splitter.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// How results are written.
enum class shell_mode : std::uint8_t {
  table, ///< Aligned for people.
  json,  ///< As `sluice execute --json`.
  csv,   ///< RFC 4180, with a header.
  line,  ///< A line for each value.
};

/// What a shell needs of the world.
struct shell_world {
  /// See `client::call` and `client::call_for_stream`.
  server_call call;
  std::function<result<std::string>(
      std::string_view tail, std::string_view body,
      const std::function<result<void>(std::string_view)>& on_part)>
      call_for_stream;
  std::function<void(std::string_view)> print;
  std::function<void(std::string_view)> complain;
  /// Width of the terminal; 0: nothing is cut.
  std::function<std::size_t()> columns;
};

/// What `sluice shell` does with the lines that it gets, wherever they come
/// from: statements over several lines, and commands that begin with a dot.
class shell {
public:
  shell(std::string database, shell_mode mode, shell_world world);

  /// Takes a line, and executes what is complete with it.
  /// @return whether all of it succeeded.
  bool take_line(std::string_view line);

  /// The end of the input: a statement without a semicolon is executed, too.
  bool finish();

  /// Forgets a statement that was begun.
  void give_up();

  /// A statement was begun, and is not complete.
  [[nodiscard]] bool is_within_statement() const noexcept {
    return is_within_;
  }
  /// .quit was said.
  [[nodiscard]] bool is_over() const noexcept {
    return is_over_;
  }

  /// For completion; asks the server where the tables may have changed.
  [[nodiscard]] const std::vector<std::string>& tables();

private:
  bool run_command(std::string_view line);
  bool run_statement(const std::string& sql);
  [[nodiscard]] result<void> run_query(const std::string& sql);
  [[nodiscard]] result<void> run_for_json(const std::string& sql);
  bool show_tables(std::string_view pattern);
  bool show_schema(std::string_view table);
  bool show_databases();
  bool set_mode(std::string_view name);
  bool report(const result<void>& done);

  std::string database_;
  shell_mode mode_;
  shell_world world_;
  statement_splitter splitter_;
  bool is_within_ = false;
  bool is_over_ = false;
  std::vector<std::string> tables_;
  bool knows_tables_ = false;
};

} // namespace sluice::cli
