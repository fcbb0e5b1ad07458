#include "storage/row_counter.hpp"

#include "storage/sqlite_error.hpp"
#include "storage/statement.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

namespace sluice::storage {

namespace {

/// The keys of each index of a table, in order; not the primary key of a
/// WITHOUT ROWID table, which is the table itself: it alone does not lead to a
/// rowid (-1). pragma_table_list would tell, but compiles all views.
constexpr auto index_columns_sql = std::string_view{
    "SELECT l.seq, x.cid FROM pragma_index_list(?1) AS l, "
    "pragma_index_xinfo(l.name) AS x WHERE x.key = 1 AND NOT (l.origin = 'pk' "
    "AND NOT EXISTS (SELECT 1 FROM pragma_index_xinfo(l.name) WHERE key = 0 "
    "AND cid = -1)) ORDER BY l.seq, x.seqno"};

bool same_value(sqlite3_value* a, sqlite3_value* b) noexcept {
  const auto type = sqlite3_value_type(a);
  if (type != sqlite3_value_type(b))
    return false;
  switch (type) {
  case SQLITE_NULL:
    return true;
  case SQLITE_INTEGER:
    return sqlite3_value_int64(a) == sqlite3_value_int64(b);
  case SQLITE_FLOAT:
    return sqlite3_value_double(a) == sqlite3_value_double(b);
  default: {
    const auto* left = sqlite3_value_blob(a);
    const auto* right = sqlite3_value_blob(b);
    const auto bytes = sqlite3_value_bytes(a);
    return bytes == sqlite3_value_bytes(b)
           && (bytes == 0
               || std::memcmp(left, right, static_cast<std::size_t>(bytes))
                      == 0);
  }
  }
}

} // namespace

row_counter::row_counter(sqlite3* db) : db_{db} {
  sqlite3_preupdate_hook(db, &row_counter::on_change, this);
}

codec::result<void>
row_counter::prepare_for(const std::vector<std::string>& tables) {
  for (const auto& name : tables) {
    if (tables_.contains(name))
      continue;
    auto loaded = load(name);
    if (!loaded)
      return std::unexpected{loaded.error()};
    tables_.emplace(name, std::move(*loaded));
  }
  return {};
}

codec::result<row_counter::table_indexes>
row_counter::load(const std::string& table) {
  auto tail = std::string_view{};
  auto prepared = statement::prepare(db_, index_columns_sql,
                                     statement_lifetime::once, tail);
  if (!prepared)
    return std::unexpected{prepared.error()};
  const auto params
      = codec::parameters{codec::positional_parameters{codec::value{table}}};
  if (auto bound = prepared->bind(params); !bound)
    return std::unexpected{bound.error()};
  auto result = table_indexes{};
  auto last_index = -1;
  auto step = sqlite3_step(prepared->handle());
  for (; step == SQLITE_ROW; step = sqlite3_step(prepared->handle())) {
    const auto index = sqlite3_column_int(prepared->handle(), 0);
    if (index != last_index)
      result.indexes.emplace_back();
    last_index = index;
    const auto column = sqlite3_column_int(prepared->handle(), 1);
    result.indexes.back().push_back(std::max(column, -1));
  }
  if (step != SQLITE_DONE)
    return std::unexpected{last_error(db_)};
  return result;
}

void row_counter::forget_schema() noexcept {
  tables_.clear();
  start_statement();
}

void row_counter::start_statement() noexcept {
  last_name_ = nullptr;
  last_table_ = nullptr;
  rows_written_ = 0;
  rows_visited_ = 0;
}

void row_counter::on_change(void* self, sqlite3*, int operation, const char*,
                            const char* table, long long, long long) noexcept {
  static_cast<row_counter*>(self)->count(operation, table);
}

void row_counter::count(int operation, const char* table) noexcept {
  if (table != last_name_) {
    const auto found = tables_.find(std::string_view{table});
    last_table_ = found != tables_.end() ? &found->second : nullptr;
    last_name_ = table;
  }
  rows_written_ += 1;
  if (operation != SQLITE_INSERT)
    rows_visited_ += 1;
  if (last_table_ == nullptr)
    return;
  rows_written_ += operation == SQLITE_UPDATE
                       ? changed_entries(*last_table_)
                       : std::ssize(last_table_->indexes);
}

std::int64_t row_counter::changed_entries(const table_indexes& table) const {
  return std::ranges::count_if(table.indexes, [this](const auto& columns) {
    return std::ranges::any_of(
        columns, [this](int column) { return column_changed(column); });
  });
}

bool row_counter::column_changed(int column) const noexcept {
  // What an expression made of the row is not known here.
  if (column < 0)
    return true;
  sqlite3_value* before = nullptr;
  sqlite3_value* after = nullptr;
  if (sqlite3_preupdate_old(db_, column, &before) != SQLITE_OK
      || sqlite3_preupdate_new(db_, column, &after) != SQLITE_OK)
    return true;
  return !same_value(before, after);
}

} // namespace sluice::storage
