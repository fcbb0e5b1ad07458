#include "tests/fuzz/sql_coverage.hpp"

#include "storage/connection.hpp"
#include "storage/statement.hpp"
#include "tests/fuzz/database_texts.hpp"
#include "tests/fuzz/finding.hpp"

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace sluice::fuzz {

namespace {

constexpr auto counter_count = std::size_t{1} << 14;

/// How often does not count, or almost each input would be a new one.
void note(std::size_t feature) noexcept {
  // libFuzzer looks for this section, and clears it before each input.
  [[gnu::section("__libfuzzer_extra_counters")]] static std::array<
      std::uint8_t, counter_count> counters;
  counters[feature % counter_count] = 1;
}

bool& is_ignored() noexcept {
  static auto result = false;
  return result;
}

/// A database with the template's tables, and nothing that guards it, for it
/// is only asked what statements compile to.
storage::connection_handle open_mirror() {
  sqlite3* raw = nullptr;
  const auto rc = sqlite3_open(":memory:", &raw);
  auto result = storage::connection_handle{raw};
  expect(rc == SQLITE_OK
             && sqlite3_exec(raw, std::string{template_sql}.c_str(), nullptr,
                             nullptr, nullptr)
                    == SQLITE_OK,
         "there is a database to ask");
  return result;
}

/// What of an error's text does not come from the statement.
std::string_view kind_of(std::string_view message) noexcept {
  return message.substr(0, message.find_first_of(":\"'0123456789"));
}

/// Notes each instruction of the compiled statement with the one before it.
void note_instructions(sqlite3_stmt* explained) {
  auto before = std::size_t{0};
  while (sqlite3_step(explained) == SQLITE_ROW) {
    const auto* name
        = reinterpret_cast<const char*>(sqlite3_column_text(explained, 1));
    const auto now = std::hash<std::string_view>{}(name);
    note(now);
    note(now * 31 + before);
    before = now;
  }
}

} // namespace

void note_sql_coverage(std::string_view sql) {
  if (is_ignored())
    return;
  static const auto mirror = open_mirror();
  auto rest = storage::skip_blank(sql);
  for (auto i = std::size_t{0}; !rest.empty() && i < 8; ++i) {
    // EXPLAIN is executed for a PRAGMA, too.
    if (rest.starts_with('p') || rest.starts_with('P')) {
      rest.remove_prefix(std::min(rest.find(';'), rest.size()));
      rest = storage::skip_blank(rest);
      continue;
    }
    const auto text = "EXPLAIN " + std::string{rest};
    auto tail = std::string_view{};
    auto explained = storage::statement::prepare(
        mirror.get(), text, storage::statement_lifetime::once, tail);
    if (!explained) {
      note(
          std::hash<std::string_view>{}(kind_of(sqlite3_errmsg(mirror.get()))));
      return;
    }
    note_instructions(explained->handle());
    rest = storage::skip_blank(rest.substr(rest.size() - tail.size()));
  }
}

void ignore_sql_coverage() noexcept {
  is_ignored() = true;
}

} // namespace sluice::fuzz
