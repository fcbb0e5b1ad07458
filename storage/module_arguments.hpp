#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::storage {

/// What stands behind USING in the text of a CREATE VIRTUAL TABLE.
struct module_call {
  /// In lower case.
  std::string module;
  /// As they stand, without blanks around them.
  std::vector<std::string> arguments;
};

/// @param sql as sqlite_schema has it, or as a client writes it.
/// @return nothing for any other text.
[[nodiscard]] std::optional<module_call>
parse_module_call(std::string_view sql);

/// An argument of the form NAME = VALUE.
struct module_option {
  /// In lower case.
  std::string name;
  /// Without its quotes.
  std::string value;
};

[[nodiscard]] std::optional<module_option>
parse_module_option(std::string_view argument);

/// The option `content` of a full-text table: the table that has its texts;
/// empty: they are nowhere; nothing: it has them itself.
[[nodiscard]] std::optional<std::string>
content_option(const module_call& call);

} // namespace sluice::storage
