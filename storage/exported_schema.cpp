#include "storage/exported_schema.hpp"

#include "storage/authorizer.hpp"
#include "storage/letter_case.hpp"
#include "storage/module_arguments.hpp"
#include "storage/own_rows.hpp"
#include "storage/sql_literal.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>

namespace sluice::storage {

namespace {

/// Calls `on_row` for each row of one of Sluice's own queries.
codec::result<void>
for_each_row(connection& source, const std::string& sql,
             const std::function<void(sqlite3_stmt*)>& on_row) {
  auto rows = own_rows::query(source, sql);
  if (!rows)
    return std::unexpected{std::move(rows.error())};
  auto more = rows->next();
  for (; more && *more; more = rows->next())
    on_row(rows->row());
  if (!more)
    return std::unexpected{std::move(more.error())};
  return {};
}

std::string text_in(sqlite3_stmt* row, int index) {
  return std::string{bytes_in(row, index)};
}

/// A row of PRAGMA table_list.
struct listed_table {
  std::string type;
  bool is_without_rowid = false;
};

using table_list = std::map<std::string, listed_table, std::less<>>;

/// A row of PRAGMA table_xinfo.
struct listed_column {
  std::string name;
  std::string type;
  /// Place in the primary key, from 1; 0: none.
  int key_place = 0;
  /// 1: of a virtual table, not in SELECT *; 2 and 3: generated.
  int hidden = 0;
};

codec::result<table_list> list_tables(connection& source) {
  auto result = table_list{};
  auto done = for_each_row(
      source,
      "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'",
      [&result](sqlite3_stmt* row) {
        result[text_in(row, 0)]
            = {text_in(row, 1), sqlite3_column_int(row, 2) != 0};
      });
  if (!done)
    return std::unexpected{std::move(done.error())};
  return result;
}

codec::result<std::vector<listed_column>> list_columns(connection& source,
                                                       const std::string& of) {
  auto result = std::vector<listed_column>{};
  auto done
      = for_each_row(source,
                     "SELECT name, type, pk, hidden FROM pragma_table_xinfo("
                         + quoted_text(of) + ")",
                     [&result](sqlite3_stmt* row) {
                       result.push_back({text_in(row, 0), text_in(row, 1),
                                         sqlite3_column_int(row, 2),
                                         sqlite3_column_int(row, 3)});
                     });
  if (!done)
    return std::unexpected{std::move(done.error())};
  return result;
}

bool is_among(const std::vector<listed_column>& columns,
              std::string_view name) {
  return std::ranges::any_of(columns, [name](const auto& column) {
    return equals_ignoring_case(column.name, name);
  });
}

/// The name of the rowid that no column hides.
std::string free_rowid_name(const std::vector<listed_column>& columns) {
  for (const auto* name : {"rowid", "_rowid_", "oid"})
    if (!is_among(columns, name))
      return name;
  return {};
}

codec::result<void> read_foreign_keys(connection& source,
                                      exported_table& table) {
  auto self_columns = std::vector<std::pair<std::string, std::string>>{};
  auto done = for_each_row(
      source,
      "SELECT \"table\", \"from\", \"to\" FROM pragma_foreign_key_list("
          + quoted_text(table.name) + ")",
      [&](sqlite3_stmt* row) {
        auto parent = text_in(row, 0);
        if (equals_ignoring_case(parent, table.name))
          self_columns.emplace_back(text_in(row, 1), text_in(row, 2));
        table.parents.push_back(std::move(parent));
      });
  if (!done || self_columns.size() != 1 || table.integer_key.empty())
    return done;
  const auto& [from, to] = self_columns.front();
  // Without a column it is the primary key.
  if (to.empty() || equals_ignoring_case(to, table.integer_key))
    table.self_reference = from;
  return {};
}

codec::result<void> read_ordinary(connection& source, exported_table& table,
                                  const std::vector<listed_column>& columns) {
  const listed_column* only_key = nullptr;
  auto keys = 0;
  for (const auto& column : columns) {
    if (column.hidden == 0)
      table.columns.push_back(column.name);
    if (column.key_place > 0) {
      ++keys;
      only_key = &column;
    }
  }
  if (table.kind == table_kind::rowid) {
    // The key is the rowid where no index stands for it.
    auto has_index
        = source.integer("SELECT count(*) FROM pragma_index_list("
                         + quoted_text(table.name) + ") WHERE origin = 'pk'");
    if (!has_index)
      return std::unexpected{std::move(has_index.error())};
    if (keys == 1 && *has_index == 0)
      table.integer_key = only_key->name;
    else
      table.rowid_name = free_rowid_name(columns);
  }
  return read_foreign_keys(source, table);
}

/// Whether a name is `word`, or the beginning of it, which FTS5 takes as well.
bool abbreviates(std::string_view name, std::string_view word) {
  return !name.empty() && word.starts_with(name);
}

/// Where a full-text table has its texts.
void read_content(exported_table& table, const module_call& call) {
  const auto is_fts5 = table.module == "fts5";
  const auto content = content_option(call);
  if (!content)
    return;
  table.kind = table_kind::external_text;
  table.content = *content;
  table.content_rowid = "rowid";
  for (const auto& argument : call.arguments) {
    auto option = parse_module_option(argument);
    if (!option || !is_fts5)
      continue;
    if (option->name.size() > std::string_view{"content_"}.size()
        && abbreviates(option->name, "content_rowid"))
      table.content_rowid = option->value;
    else if (option->name == "contentless_unindexed" && option->value != "0")
      table.obstacle = "keeps a part of its texts (contentless_unindexed)";
  }
  if (!table.content.empty())
    return;
  if (is_fts5)
    table.kind = table_kind::contentless;
  else
    table.obstacle = "keeps no texts (content=''), only an index of them";
}

void choose_kind(exported_table& table, const module_call& call) {
  static constexpr auto derived = std::array<std::string_view, 4>{
      "fts5vocab", "fts4aux", "fts3tokenize", "dbstat"};
  table.module = call.module;
  if (call.module == "fts5" || call.module == "fts4" || call.module == "fts3") {
    table.kind = table_kind::full_text;
    table.rowid_name = call.module == "fts5" ? "rowid" : "docid";
    read_content(table, call);
  } else if (call.module == "rtree" || call.module == "rtree_i32") {
    table.kind = table_kind::rtree;
  } else if (call.module == "geopoly") {
    table.kind = table_kind::geopoly;
    table.rowid_name = "rowid";
  } else if (std::ranges::find(derived, call.module) != derived.end()) {
    table.kind = table_kind::derived;
  } else {
    table.kind = table_kind::unknown;
    table.obstacle = "belongs to the module " + call.module
                     + ", of which is not known how to read and write it";
  }
}

void read_virtual(exported_table& table,
                  const std::vector<listed_column>& columns) {
  const auto call = parse_module_call(table.sql);
  if (!call) {
    table.kind = table_kind::unknown;
    table.obstacle = "has a definition that cannot be read";
    return;
  }
  choose_kind(table, *call);
  // Hidden are the table's own name, the rank and the docid, and with
  // languageid= the number of a language, which is data.
  const auto has_language
      = std::ranges::any_of(call->arguments, [](const std::string& argument) {
          const auto option = parse_module_option(argument);
          return option && option->name == "languageid";
        });
  for (const auto& column : columns) {
    const auto is_language = has_language && column.hidden == 1
                             && column.name != "docid"
                             && !equals_ignoring_case(column.name, table.name);
    if (column.hidden == 0 || is_language)
      table.columns.push_back(column.name);
  }
}

bool is_internal(std::string_view name) {
  return starts_with_ignoring_case(name, "sqlite_") || is_reserved_name(name);
}

codec::result<void> read_table(connection& source, exported_table& table,
                               const listed_table& listed) {
  auto columns = list_columns(source, table.name);
  if (!columns)
    return std::unexpected{std::move(columns.error())};
  if (listed.type == "virtual") {
    read_virtual(table, *columns);
    return {};
  }
  if (listed.is_without_rowid)
    table.kind = table_kind::without_rowid;
  return read_ordinary(source, table, *columns);
}

} // namespace

codec::result<exported_schema> read_exported_schema(connection& source) {
  auto result = exported_schema{};
  auto listed = list_tables(source);
  if (!listed)
    return std::unexpected{std::move(listed.error())};
  auto done = for_each_row(
      source,
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT "
      "NULL ORDER BY rowid",
      [&](sqlite3_stmt* row) {
        auto found = exported_object{text_in(row, 0), text_in(row, 1),
                                     text_in(row, 2), text_in(row, 3)};
        const auto table = listed->find(found.table);
        const auto is_shadow
            = table != listed->end() && table->second.type == "shadow";
        if (is_internal(found.name) || is_internal(found.table) || is_shadow)
          return;
        if (found.type != "table") {
          result.objects.push_back(std::move(found));
          return;
        }
        auto& made = result.tables.emplace_back();
        made.name = std::move(found.name);
        made.sql = std::move(found.sql);
      });
  for (auto& table : result.tables)
    if (done)
      done = read_table(source, table, (*listed)[table.name]);
  if (!done)
    return std::unexpected{std::move(done.error())};
  return result;
}

} // namespace sluice::storage
