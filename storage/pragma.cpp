#include "storage/pragma.hpp"

#include "storage/letter_case.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace sluice::storage {

namespace {

struct pragma_rule {
  std::string_view name;
  pragma_use use;
};

// To allow another PRAGMA, add a row here; a `setting` needs a row below too.
constexpr auto rules = std::array{
    pragma_rule{"table_info", pragma_use::with_value},
    pragma_rule{"table_xinfo", pragma_use::with_value},
    pragma_rule{"table_list", pragma_use::with_value},
    pragma_rule{"index_info", pragma_use::with_value},
    pragma_rule{"index_xinfo", pragma_use::with_value},
    pragma_rule{"index_list", pragma_use::with_value},
    pragma_rule{"foreign_key_list", pragma_use::with_value},
    pragma_rule{"foreign_key_check", pragma_use::with_value},
    pragma_rule{"quick_check", pragma_use::with_value},
    pragma_rule{"integrity_check", pragma_use::with_value},
    pragma_rule{"optimize", pragma_use::upkeep},
    pragma_rule{"foreign_keys", pragma_use::keys},
    pragma_rule{"page_count", pragma_use::read},
    pragma_rule{"page_size", pragma_use::read},
    pragma_rule{"freelist_count", pragma_use::read},
    pragma_rule{"function_list", pragma_use::read},
    pragma_rule{"module_list", pragma_use::read},
    pragma_rule{"pragma_list", pragma_use::read},
    pragma_rule{"compile_options", pragma_use::read},
    pragma_rule{"defer_foreign_keys", pragma_use::setting},
    pragma_rule{"case_sensitive_like", pragma_use::like},
    pragma_rule{"legacy_alter_table", pragma_use::setting},
    pragma_rule{"ignore_check_constraints", pragma_use::setting},
    pragma_rule{"recursive_triggers", pragma_use::setting},
    pragma_rule{"reverse_unordered_selects", pragma_use::setting},
    pragma_rule{"user_version", pragma_use::stored},
};

constexpr auto restores = std::array<std::string_view, 5>{
    "PRAGMA defer_foreign_keys = OFF",        "PRAGMA legacy_alter_table = OFF",
    "PRAGMA ignore_check_constraints = OFF",  "PRAGMA recursive_triggers = OFF",
    "PRAGMA reverse_unordered_selects = OFF",
};

static_assert(std::ranges::count(rules, pragma_use::setting, &pragma_rule::use)
                  == std::ssize(restores),
              "Every setting needs a statement that restores it.");

} // namespace

pragma_use allowed_use(std::string_view name) noexcept {
  const auto* found = std::ranges::find_if(rules, [name](const auto& rule) {
    return equals_ignoring_case(rule.name, name);
  });
  return found != rules.end() ? found->use : pragma_use::refused;
}

bool switches_on(std::string_view value) noexcept {
  if (equals_ignoring_case(value, "on") || equals_ignoring_case(value, "yes")
      || equals_ignoring_case(value, "true"))
    return true;
  const auto is_hexadecimal = starts_with_ignoring_case(value, "0x");
  const auto digits = value.substr(is_hexadecimal ? 2 : 0);
  auto number = std::int32_t{0};
  const auto [end, problem]
      = std::from_chars(digits.data(), digits.data() + digits.size(), number,
                        is_hexadecimal ? 16 : 10);
  // SQLite keeps one byte of it; a sign, and any other word, is off.
  return problem == std::errc{} && !digits.starts_with('-')
         && (number & 0xff) != 0;
}

std::span<const std::string_view> restore_statements() noexcept {
  return restores;
}

} // namespace sluice::storage
