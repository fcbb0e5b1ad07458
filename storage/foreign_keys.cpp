#include "storage/foreign_keys.hpp"

#include "storage/letter_case.hpp"
#include "storage/own_rows.hpp"
#include "storage/sql_literal.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::storage {

using codec::error_code;

namespace {

constexpr auto tables_sql
    = "SELECT DISTINCT m.name FROM main.sqlite_schema AS m, "
      "pragma_foreign_key_list(m.name, 'main') WHERE m.type = 'table' AND "
      "m.rootpage <> 0";

struct violation {
  std::string table;
  /// Empty where the table has none.
  std::string rowid;
  /// Or what is wrong with the key itself.
  std::string parent;
  bool is_mismatch = false;
  auto operator<=>(const violation&) const = default;
};

using violation_counts = std::map<violation, std::int64_t>;

enum class onward : std::uint8_t { go_on, stop };

/// Sees to it that the deadline holds while this lives.
class timed {
public:
  timed(connection& owner, deadline until) noexcept : owner_{owner} {
    owner_.set_deadline(until);
  }
  ~timed() {
    owner_.set_deadline(no_deadline);
  }
  timed(const timed&) = delete;
  timed& operator=(const timed&) = delete;

private:
  connection& owner_;
};

codec::result<std::vector<std::string>> tables_with_keys(connection& source) {
  auto rows = own_rows::query(source, tables_sql);
  if (!rows)
    return std::unexpected{std::move(rows.error())};
  auto result = std::vector<std::string>{};
  while (true) {
    auto has_row = rows->next();
    if (!has_row)
      return std::unexpected{std::move(has_row.error())};
    if (!*has_row)
      return result;
    result.emplace_back(bytes_in(rows->row(), 0));
  }
}

/// Visits what one table's rows violate.
template <class Visit>
codec::result<onward> visit_table(connection& source, const std::string& table,
                                  Visit& visit) {
  auto rows = own_rows::query(
      source, "SELECT rowid, parent FROM pragma_foreign_key_check("
                  + quoted_text(table) + ", 'main')");
  if (!rows)
    return std::unexpected{std::move(rows.error())};
  while (true) {
    auto has_row = rows->next();
    // A key that does not fit to its parent has no rows that could be checked.
    if (!has_row && has_row.error().code == error_code::sql_error)
      return visit(violation{table, {}, has_row.error().message, true});
    if (!has_row)
      return std::unexpected{std::move(has_row.error())};
    if (!*has_row)
      return onward::go_on;
    auto* row = rows->row();
    const auto is_numbered = sqlite3_column_type(row, 0) != SQLITE_NULL;
    auto found = violation{
        table, is_numbered ? std::to_string(sqlite3_column_int64(row, 0)) : "",
        std::string{bytes_in(row, 1)}};
    if (visit(std::move(found)) == onward::stop)
      return onward::stop;
  }
}

template <class Visit>
codec::result<void> visit_violations(connection& source, deadline until,
                                     Visit visit) {
  const auto bound = timed{source, until};
  auto tables = tables_with_keys(source);
  if (!tables)
    return std::unexpected{std::move(tables.error())};
  for (const auto& table : *tables) {
    auto went = visit_table(source, table, visit);
    if (!went)
      return std::unexpected{std::move(went.error())};
    if (*went == onward::stop)
      return {};
  }
  return {};
}

/// Takes from `found` what the file has as it is committed.
codec::result<void> forget_former(const connection& writing, deadline until,
                                  violation_counts& found) {
  auto options = writing.options();
  options.access = access::reader;
  options.creates = false;
  const auto* path = sqlite3_db_filename(writing.handle(), "main");
  auto before = connection::open(path != nullptr ? path : "", options);
  if (!before)
    return std::unexpected{std::move(before.error())};
  return visit_violations(**before, until, [&found](const violation& former) {
    if (const auto same = found.find(former); same != found.end())
      if (--same->second == 0)
        found.erase(same);
    return found.empty() ? onward::stop : onward::go_on;
  });
}

std::string in_words(const violation& one) {
  if (one.is_mismatch)
    return "table '" + one.table + "': " + one.parent;
  return (one.rowid.empty() ? "a row" : "row " + one.rowid) + " of table "
         + one.table + " has no parent in table " + one.parent;
}

codec::error refusal(const violation_counts& found, bool is_cut) {
  auto text = std::string{"FOREIGN KEY constraint failed: foreign keys were "
                          "switched off, and at the end "};
  auto named = 0;
  auto all = std::int64_t{0};
  for (const auto& [one, count] : found) {
    all += count;
    if (named == violations_named_max)
      continue;
    text += (named++ == 0 ? "" : ", ") + in_words(one);
  }
  const auto more = all - std::min<std::int64_t>(all, named);
  if (is_cut)
    text += ", and so on: over " + std::to_string(violations_compared_max)
            + " rows, which are too many to see whether all of them were so "
              "before";
  else if (more > 0)
    text += " and " + std::to_string(more) + " more are violated";
  return {error_code::constraint,
          text
              + "; nothing was changed: SQLITE_CONSTRAINT (extended: "
                "SQLITE_CONSTRAINT_FOREIGNKEY)",
          codec::fault_kind::request, SQLITE_CONSTRAINT_FOREIGNKEY};
}

codec::error worded(codec::error failure) {
  if (failure.code != error_code::timeout)
    return failure;
  return codec::reworded(std::move(failure),
                         "the deadline passed while the foreign keys, which "
                         "were switched off, were checked; nothing was "
                         "changed");
}

} // namespace

foreign_key_switch::foreign_key_switch(sqlite3* db) noexcept : db_{db} {
  // nop
}

foreign_key_switch::~foreign_key_switch() {
  turn(true);
}

void foreign_key_switch::turn(bool on) noexcept {
  // Cannot fail: the option is known, and the handle is open.
  static_cast<void>(
      sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FKEY, on ? 1 : 0, nullptr));
}

bool mentions_foreign_keys(std::string_view sql) noexcept {
  constexpr auto name = std::string_view{"foreign_keys"};
  return std::ranges::search(sql, name, {}, lower_case).begin() != sql.end();
}

codec::result<void> check_foreign_keys(connection& connection, deadline until) {
  auto found = violation_counts{};
  auto count = 0;
  auto is_cut = false;
  auto looked = visit_violations(connection, until, [&](violation&& one) {
    is_cut = ++count > violations_compared_max;
    if (!is_cut)
      ++found[std::move(one)];
    return is_cut ? onward::stop : onward::go_on;
  });
  if (looked && !found.empty() && !is_cut)
    looked = forget_former(connection, until, found);
  if (!looked)
    return std::unexpected{worded(std::move(looked.error()))};
  if (found.empty())
    return {};
  return std::unexpected{refusal(found, is_cut)};
}

} // namespace sluice::storage
