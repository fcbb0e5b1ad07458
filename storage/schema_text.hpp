#pragma once

#include <string>
#include <string_view>

/// Definitions as sqlite_schema has them, as statements of a script.
namespace sluice::storage {

/// The definition with its semicolon, such that what follows is not part of it:
/// a comment at its end is ended. Of a view, which keeps such a comment, one
/// that SQLite had let open is closed in the copy.
[[nodiscard]] std::string as_statement(std::string_view definition);

/// What the program sqlite3 makes of the definition when it reads it as lines
/// of a script; for people, empty: it reads it as it is. It takes the carriage
/// return off the end of each line, and a line that is only `go` or `/` for a
/// semicolon.
[[nodiscard]] std::string_view
misread_by_shell(std::string_view definition) noexcept;

} // namespace sluice::storage
