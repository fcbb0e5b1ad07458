#include "cli/database_command.hpp"

#include "cli/json_text.hpp"
#include "cli/query_result.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "codec/json_writer.hpp"

#include <CLI/CLI.hpp>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <iostream>

namespace sluice::cli {

namespace {

/// The most that the server gives at once.
constexpr auto page_rows_max = std::uint64_t{100};

std::string name_body(std::string_view name) {
  return "{\"name\":" + codec::quoted(name) + "}";
}

std::string text_of(const rapidjson::Value& value) {
  if (value.IsString())
    return {value.GetString(), value.GetStringLength()};
  auto out = rapidjson::StringBuffer{};
  auto writer = rapidjson::Writer{out};
  value.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

/// The member of a reply, of the type that is expected of it.
result<rapidjson::Document>
parse_member(const std::string& reply, const char* name, rapidjson::Type type) {
  auto document = rapidjson::Document{};
  document.Parse<rapidjson::kParseIterativeFlag>(reply.data(), reply.size());
  if (!document.HasParseError() && document.IsObject()
      && document.HasMember(name) && document[name].GetType() == type) {
    auto member = rapidjson::Value{std::move(document[name])};
    member.Swap(document);
    return document;
  }
  return fail(exit_code::refused,
              "the server's reply is not what this version of sluice "
              "understands: it has no proper \""
                  + std::string{name} + "\"");
}

/// All databases, whatever the number of pages.
result<rapidjson::Document> read_databases(client& server) {
  auto all = rapidjson::Document{rapidjson::kArrayType};
  for (auto page = std::uint64_t{1};; ++page) {
    const auto reply = server.call(
        "databases.list", "{\"page\":" + std::to_string(page) + ",\"per_page\":"
                              + std::to_string(page_rows_max) + "}");
    if (!reply)
      return std::unexpected{reply.error()};
    auto part = parse_member(*reply, "databases", rapidjson::kArrayType);
    if (!part)
      return part;
    for (const auto& element : part->GetArray())
      all.PushBack(rapidjson::Value{element, all.GetAllocator()},
                   all.GetAllocator());
    if (part->Size() < page_rows_max)
      return all;
  }
}

void print_json(const rapidjson::Value& value) {
  print(pretty_json(text_of(value)) + "\n");
}

/// One database as lines of a name and a value.
void print_database(const rapidjson::Value& database, bool is_json) {
  if (is_json) {
    print_json(database);
    return;
  }
  auto rows = table{{"field", "value"}};
  for (const auto& member : database.GetObject())
    rows.add_row({{text_of(member.name)}, {text_of(member.value)}});
  print(rows.render(stdout_columns()));
}

void print_databases(const rapidjson::Value& databases) {
  static constexpr auto columns = std::array<const char*, 5>{
      "name", "uuid", "created_at", "file_size", "num_tables"};
  auto rows = table{{columns.begin(), columns.end()}};
  for (const auto& database : databases.GetArray()) {
    auto row = std::vector<cell>{};
    for (const auto* column : columns) {
      const auto has = database.IsObject() && database.HasMember(column);
      row.push_back(
          has ? cell{text_of(database[column]), database[column].IsNumber()}
              : cell{});
    }
    rows.add_row(std::move(row));
  }
  print(rows.render(stdout_columns())
        + count_words(rows.row_count(), "database") + "\n");
}

/// Asks a person, who must type the name: the data is gone for good.
result<void> confirm(const std::string& name) {
  if (!stdin_is_terminal())
    return fail(exit_code::usage,
                "deleting the database " + name
                    + " needs --yes where nobody can be asked");
  std::cerr << "This deletes the database " << name
            << " and all that it holds. Type its name to go on: " << std::flush;
  auto answer = std::string{};
  std::getline(std::cin, answer);
  if (answer == name)
    return {};
  return fail(exit_code::usage, "nothing was deleted");
}

} // namespace

database_command::database_command(CLI::App& parent)
    : app_{parent.add_subcommand(
          "db", "Create, list, look at and delete databases")} {
  app_->require_subcommand(1);
  app_->footer("Examples:\n"
               "  sluice db create app\n"
               "  sluice db list\n"
               "  sluice db info app --json\n"
               "  sluice db delete app --yes");
  add("create", "Create a database").run = create;
  add("list", "List all databases").run = list;
  add("info", "Print what is known of a database").run = info;
  auto& removal = add("delete", "Delete a database and all that it holds");
  removal.run = remove;
  removal.app->add_flag("--yes", removal.is_confirmed, "Do not ask");
}

database_command::action& database_command::add(const std::string& word,
                                                const std::string& help) {
  auto& self = *actions_.emplace_back(std::make_unique<action>());
  self.app = app_->add_subcommand(word, help);
  if (word != "list")
    self.app->add_option("name", self.name, "Name of the database")
        ->required()
        ->type_name("NAME");
  self.client = std::make_unique<client_options>(*self.app);
  self.output = std::make_unique<output_options>(*self.app);
  return self;
}

bool database_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> database_command::run() {
  for (const auto& candidate : actions_) {
    if (!candidate->app->parsed())
      continue;
    if (auto done = candidate->run(*candidate); !done)
      return std::unexpected{std::move(done.error())};
    return exit_code::ok;
  }
  return fail(exit_code::usage, "db needs a subcommand");
}

result<void> database_command::create(const action& self) {
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto reply = server->call("databases.create", name_body(self.name));
  if (!reply)
    return std::unexpected{reply.error()};
  const auto database
      = parse_member(*reply, "database", rapidjson::kObjectType);
  if (!database)
    return std::unexpected{database.error()};
  print_database(*database, self.output->is_json());
  return {};
}

result<void> database_command::list(const action& self) {
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto databases = read_databases(*server);
  if (!databases)
    return std::unexpected{databases.error()};
  if (self.output->is_json())
    print_json(*databases);
  else
    print_databases(*databases);
  return {};
}

result<void> database_command::info(const action& self) {
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto reply = server->call("databases.get", name_body(self.name));
  if (!reply)
    return std::unexpected{reply.error()};
  const auto database
      = parse_member(*reply, "database", rapidjson::kObjectType);
  if (!database)
    return std::unexpected{database.error()};
  print_database(*database, self.output->is_json());
  return {};
}

result<void> database_command::remove(const action& self) {
  if (!self.is_confirmed)
    if (auto confirmed = confirm(self.name); !confirmed)
      return confirmed;
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto reply = server->call("databases.delete", name_body(self.name));
  if (!reply)
    return std::unexpected{reply.error()};
  print(self.output->is_json() ? pretty_json(*reply) + "\n"
                               : "deleted " + self.name + "\n");
  return {};
}

} // namespace sluice::cli
