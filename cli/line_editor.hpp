#pragma once

#include "cli/shell_words.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Lines that a person types on a terminal, with editing, history and
/// completion, by libedit. One at a time in a process; belongs to the thread
/// that made it.
///
/// While it lives, Control-C does not end the process: it gives the line up, or
/// is found by `was_interrupted`.
class line_editor {
public:
  /// How the text before the cursor can go on.
  using completer = std::function<completion(std::string_view before_cursor)>;

  /// @param history_file empty: the history goes with the process.
  line_editor(std::string history_file, completer complete);
  ~line_editor();
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  enum class outcome : std::uint8_t {
    line,        ///< A line was typed.
    interrupted, ///< Control-C: it is given up.
    end,         ///< Control-D on an empty line, or the terminal is gone.
  };
  struct input {
    outcome what = outcome::end;
    /// Without its end.
    std::string text = {};
  };

  [[nodiscard]] input read_line(const std::string& prompt);

  /// Whether Control-C was pressed since the last call.
  [[nodiscard]] static bool was_interrupted() noexcept;

  struct impl;

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::cli
