#include "cli/info_command.hpp"

#include "cli/json_text.hpp"
#include "cli/progress_line.hpp"
#include "cli/query_result.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "codec/json_writer.hpp"

#include <CLI/CLI.hpp>
#include <simdjson.h>

namespace sluice::cli {

namespace {

namespace dom = simdjson::dom;

/// The object that describes the database in a reply.
result<std::string> describe(const std::string& database,
                             const server_call& call) {
  const auto reply
      = call("databases.get", "{\"name\":" + codec::quoted(database) + "}");
  if (!reply)
    return std::unexpected{reply.error()};
  auto parser = dom::parser{};
  auto found = dom::object{};
  if (parser.parse(*reply)["database"].get(found) != simdjson::SUCCESS)
    return fail(exit_code::refused,
                "the server's reply is not what this version of sluice "
                "understands: it has no proper \"database\"");
  return std::string{simdjson::minify(found)};
}

/// As a table shows it: a string without its quotes, a size in words.
std::string text_of(std::string_view name, dom::element value) {
  auto text = std::string_view{};
  auto bytes = std::uint64_t{0};
  if (name == "file_size" && value.get(bytes) == simdjson::SUCCESS)
    return size_words(bytes);
  return value.get(text) == simdjson::SUCCESS
             ? std::string{text}
             : std::string{simdjson::minify(value)};
}

} // namespace

std::string render_info(const std::string& description,
                        const std::vector<database_table>& tables,
                        std::size_t columns_max) {
  auto fields = table{{"field", "value"}};
  auto parser = dom::parser{};
  auto object = dom::object{};
  if (parser.parse(description).get(object) == simdjson::SUCCESS)
    for (const auto member : object)
      fields.add_row(
          {{std::string{member.key}}, {text_of(member.key, member.value)}});
  auto result = fields.render(columns_max);
  if (tables.empty())
    return result;
  auto rows = table{{"name", "type", "rows"}};
  for (const auto& each : tables)
    rows.add_row({{each.name},
                  {each.type},
                  {each.rows ? std::to_string(*each.rows) : "", true}});
  return result + "\n" + rows.render(columns_max);
}

std::string info_json(const std::string& description,
                      const std::vector<database_table>& tables) {
  auto out = codec::json_writer{};
  out.begin_array();
  for (const auto& each : tables) {
    out.begin_object();
    out.key("name");
    out.text(each.name);
    out.key("type");
    out.text(each.type);
    out.key("rows");
    if (each.rows)
      out.unsigned_integer(*each.rows);
    else
      out.null();
    out.end_object();
  }
  out.end_array();
  auto object = description.substr(0, description.rfind('}'));
  object += object.ends_with('{') ? "" : ",";
  return pretty_json(object + "\"tables\":" + std::string{out.view()} + "}");
}

info_command::info_command(CLI::App& parent)
    : app_{parent.add_subcommand(
          "info", "Print a database's size, its tables and their rows")} {
  app_->add_option("database", database_, "Name of the database")
      ->required()
      ->type_name("DATABASE");
  app_->add_flag("--no-count", counts_no_rows_,
                 "Do not count rows, which reads every table");
  output_ = std::make_unique<output_options>(*app_);
  client_ = std::make_unique<client_options>(*app_);
  app_->footer("Examples:\n"
               "  sluice info app\n"
               "  sluice info app --json");
}

bool info_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> info_command::run() {
  auto server = client_->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto call = [&server](std::string_view tail, std::string_view body) {
    return server->call(tail, body);
  };
  const auto description = describe(database_, call);
  if (!description)
    return std::unexpected{description.error()};
  auto tables = list_tables(database_, call);
  if (!tables)
    return std::unexpected{std::move(tables.error())};
  for (auto& each : *tables)
    if (each.type != "view" && !counts_no_rows_)
      each.rows = count_rows(database_, each.name, call);
  print(output_->is_json()
            ? info_json(*description, *tables) + "\n"
            : render_info(*description, *tables, stdout_columns()));
  return exit_code::ok;
}

} // namespace sluice::cli
