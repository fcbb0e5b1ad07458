#include "tests/fuzz/sql_vocabulary.hpp"

#include "storage/connection.hpp"
#include "storage/statement.hpp"
#include "tests/fuzz/finding.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <vector>

namespace sluice::fuzz {

namespace {

constexpr auto depth_max = 2;

constexpr auto columns = std::array<std::string_view, 20>{
    "a",  "b",  "c",     "d",    "id", "rowid", "k",     "v",    "g",    "t_id",
    "x0", "x1", "title", "body", "at", "other", "new.a", "t.id", "what", "x"};

constexpr auto names
    = std::array<std::string_view, 18>{"t",          "child",
                                       "w",          "v",
                                       "f",          "r",
                                       "log",        "strict_one",
                                       "t_b",        "t_change",
                                       "neighbours", "n",
                                       "temp.t",     "sqlite_schema",
                                       "main.t",     "_cf_METADATA",
                                       "f_config",   "sqlite_sequence"};

constexpr auto literals = std::array<std::string_view, 22>{
    "0",         "1",          "-1",
    "NULL",      "'a'",        "'one'",
    "x'00ff'",   "1.5",        "9223372036854775807",
    "9e999",     "''",         "'%o%'",
    "'$.k[1]'",  "'[1, {}]'",  "'2026-11-24'",
    "?",         "TRUE",       "'quick'",
    "1e-5",      "4294967296", "current_timestamp",
    "'+1 month'"};

constexpr auto operators
    = std::array<std::string_view, 26>{"+",     "-",
                                       "*",     "/",
                                       "%",     "||",
                                       "<",     "<=",
                                       ">",     ">=",
                                       "=",     "<>",
                                       "AND",   "OR",
                                       "LIKE",  "GLOB",
                                       "IS",    "IS NOT",
                                       "<<",    ">>",
                                       "&",     "|",
                                       "MATCH", "->",
                                       "->>",   "COLLATE NOCASE ="};

constexpr auto types = std::array<std::string_view, 5>{
    "INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC"};

constexpr auto clauses = std::array<std::string_view, 10>{
    " WHERE ",        " ORDER BY ",     " GROUP BY ", " HAVING ",
    " LIMIT ",        " RETURNING ",    " OFFSET ",   " ON ",
    " UNION SELECT ", " FILTER (WHERE "};

template <class Words>
std::string_view pick(const Words& words, random_source& random) {
  return words[below(random, words.size())];
}

struct function {
  std::string name;
  int arguments;
};

std::vector<function> list_functions() {
  sqlite3* raw = nullptr;
  const auto opened = sqlite3_open(":memory:", &raw);
  const auto database = storage::connection_handle{raw};
  sqlite3_stmt* rows = nullptr;
  expect(opened == SQLITE_OK
             && sqlite3_prepare_v2(
                    raw,
                    "SELECT DISTINCT name, narg FROM pragma_function_list "
                    "ORDER BY 1, 2",
                    -1, &rows, nullptr)
                    == SQLITE_OK,
         "SQLite lists its functions");
  const auto owner = storage::statement_handle{rows};
  auto result = std::vector<function>{};
  while (sqlite3_step(rows) == SQLITE_ROW)
    result.push_back(
        {reinterpret_cast<const char*>(sqlite3_column_text(rows, 0)),
         sqlite3_column_int(rows, 1)});
  return result;
}

std::string expression(random_source& random, int depth);

std::string call(random_source& random, int depth) {
  static const auto functions = list_functions();
  const auto& [name, arguments] = functions[below(random, functions.size())];
  auto left
      = arguments >= 0 ? static_cast<std::size_t>(arguments) : below(random, 4);
  auto result = name + "(";
  for (auto comma = std::string_view{}; left > 0; --left, comma = ", ")
    result += std::string{comma} + expression(random, depth + 1);
  result += ")";
  if (below(random, 8) == 0)
    result += " OVER (PARTITION BY " + expression(random, depth_max)
              + " ORDER BY " + expression(random, depth_max) + ")";
  return result;
}

std::string select(random_source& random, int depth) {
  return "(SELECT " + expression(random, depth + 1) + " FROM "
         + std::string{random_name(random)} + ")";
}

std::string expression(random_source& random, int depth) {
  const auto inner = [&random, depth] {
    return expression(random, depth + 1);
  };
  switch (below(random, depth >= depth_max ? 5 : 14)) {
  case 0:
  case 1:
  case 2:
    return std::string{pick(columns, random)};
  case 3:
  case 4:
    return std::string{pick(literals, random)};
  case 5:
    return select(random, depth);
  case 6:
    return "CAST(" + inner() + " AS " + std::string{pick(types, random)} + ")";
  case 7:
    return "CASE WHEN " + inner() + " THEN " + inner() + " ELSE " + inner()
           + " END";
  case 8:
    return inner() + " IN (" + inner() + ", " + inner() + ")";
  case 9:
    return "EXISTS " + select(random, depth);
  case 10:
    return "(" + inner() + " " + std::string{pick(operators, random)} + " "
           + inner() + ")";
  default:
    return call(random, depth);
  }
}

} // namespace

std::size_t below(random_source& random, std::size_t bound) {
  return random() % std::max<std::size_t>(bound, 1);
}

std::string random_expression(random_source& random) {
  return expression(random, 0);
}

std::string random_clause(random_source& random) {
  return std::string{pick(clauses, random)} + expression(random, 1);
}

std::string_view random_name(random_source& random) {
  return pick(names, random);
}

} // namespace sluice::fuzz
