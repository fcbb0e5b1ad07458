#include "tests/integration/cli/dumped_database.hpp"

#include "tests/support/streamed_reply.hpp"
#include "tests/support/temporary_directory.hpp"

#include <sqlite3.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace sluice::tests {

namespace {

using handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

void for_each_row(sqlite3* db, const std::string& sql,
                  const std::function<void(sqlite3_stmt*)>& on_row) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    throw std::runtime_error{sql + ": " + sqlite3_errmsg(db)};
  const auto owner = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>{
      raw, &sqlite3_finalize};
  auto step = sqlite3_step(raw);
  for (; step == SQLITE_ROW; step = sqlite3_step(raw))
    on_row(raw);
  if (step != SQLITE_DONE)
    throw std::runtime_error{sql + ": " + sqlite3_errmsg(db)};
}

std::string bytes_in(sqlite3_stmt* row, int i) {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(row, i));
  const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(row, i));
  return {data != nullptr ? data : "", data != nullptr ? bytes : 0};
}

std::string value_in(sqlite3_stmt* row, int i) {
  auto buffer = std::array<char, 64>{};
  switch (sqlite3_column_type(row, i)) {
  case SQLITE_NULL:
    return "NULL";
  case SQLITE_FLOAT:
    std::snprintf(buffer.data(), buffer.size(), "%a",
                  sqlite3_column_double(row, i));
    return std::string{"real "} + buffer.data();
  case SQLITE_INTEGER:
    return "integer " + bytes_in(row, i);
  case SQLITE_TEXT:
    return "text " + bytes_in(row, i);
  default:
    return "blob " + bytes_in(row, i);
  }
}

std::string rows_of(sqlite3* db, const std::string& sql) {
  auto result = std::string{};
  for_each_row(db, sql, [&result](sqlite3_stmt* row) {
    for (auto i = 0; i < sqlite3_column_count(row); ++i)
      result += value_in(row, i) + "|";
    result += "\n";
  });
  return result;
}

} // namespace

std::string content_of_file(const std::string& path) {
  sqlite3* raw = nullptr;
  const auto opened
      = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  const auto db = handle{raw, &sqlite3_close};
  if (opened != SQLITE_OK)
    throw std::runtime_error{"cannot open " + path};
  auto result = rows_of(raw, "PRAGMA integrity_check")
                + rows_of(raw, "PRAGMA user_version")
                + rows_of(raw, "SELECT type, name, tbl_name, sql FROM "
                               "sqlite_schema WHERE name <> 'sqlite_sequence' "
                               "ORDER BY type, name");
  auto tables = std::vector<std::string>{};
  for_each_row(
      raw,
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND "
      "type IN ('table', 'virtual') AND name NOT IN "
      "('sqlite_schema', 'sqlite_sequence') ORDER BY name",
      [&tables](sqlite3_stmt* row) { tables.push_back(bytes_in(row, 0)); });
  for (const auto& table : tables) {
    auto quoted = std::string{};
    for (const auto c : table)
      quoted.append(c == '"' ? 2 : 1, c);
    result += table + ":\n" + rows_of(raw, "SELECT * FROM \"" + quoted + "\"");
  }
  auto has_sequence = false;
  for_each_row(raw,
               "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'",
               [&has_sequence](sqlite3_stmt*) { has_sequence = true; });
  if (has_sequence)
    result += rows_of(raw, "SELECT * FROM sqlite_sequence ORDER BY name");
  return result;
}

std::string content_of(const std::string& url, const std::string& database) {
  const auto folder = temporary_directory{};
  const auto path = (folder.path() / "dump.sqlite").string();
  auto file = std::ofstream{path, std::ios::binary};
  request_stream(url, "sluice.db." + database + ".dump", "",
                 [&file](const reply& message) {
                   if (!message.header("Nats-Service-Error").empty())
                     throw std::runtime_error{message.body()};
                   if (message.header("Sluice-Final") != "true")
                     file << message.body();
                   return true;
                 });
  file.close();
  return content_of_file(path);
}

} // namespace sluice::tests
