#include "cli/database_tables.hpp"

#include "codec/json_writer.hpp"

#include <simdjson.h>

namespace sluice::cli {

namespace {

namespace dom = simdjson::dom;

// What belongs to virtual tables is of type shadow.
constexpr auto tables_sql = std::string_view{
    "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type "
    "IN ('table', 'virtual', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE "
    "'\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name"};

result<std::string> ask(const std::string& database, std::string_view sql,
                        const server_call& call) {
  return call("db." + database + ".query",
              "{\"sql\":" + codec::quoted(sql) + "}");
}

} // namespace

std::string quoted_name(std::string_view name) {
  auto result = std::string{"\""};
  for (const auto c : name)
    result.append(c == '"' ? 2 : 1, c);
  return result + "\"";
}

result<std::vector<database_table>> list_tables(const std::string& database,
                                                const server_call& call) {
  const auto reply = ask(database, tables_sql, call);
  if (!reply)
    return std::unexpected{reply.error()};
  auto parser = dom::parser{};
  auto rows = dom::array{};
  auto result = std::vector<database_table>{};
  if (parser.parse(*reply)["results"].get(rows) != simdjson::SUCCESS)
    return fail(exit_code::refused,
                "the server's reply is not what this version of sluice "
                "understands: it has no proper \"results\"");
  for (const auto row : rows) {
    auto name = std::string_view{};
    auto type = std::string_view{};
    if (row["name"].get(name) == simdjson::SUCCESS
        && row["type"].get(type) == simdjson::SUCCESS)
      result.push_back({std::string{name}, std::string{type}});
  }
  return result;
}

std::optional<std::uint64_t> count_rows(const std::string& database,
                                        const std::string& table,
                                        const server_call& call) {
  const auto reply
      = ask(database, "SELECT count(*) AS n FROM " + quoted_name(table), call);
  auto parser = dom::parser{};
  auto count = std::uint64_t{0};
  if (!reply
      || parser.parse(*reply).at_pointer("/results/0/n").get(count)
             != simdjson::SUCCESS)
    return std::nullopt;
  return count;
}

} // namespace sluice::cli
