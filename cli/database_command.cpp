#include "cli/database_command.hpp"

#include "cli/json_text.hpp"
#include "cli/query_result.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "codec/json_writer.hpp"

#include <CLI/CLI.hpp>
#include <simdjson.h>

#include <array>
#include <iostream>

namespace sluice::cli {

namespace {

namespace dom = simdjson::dom;

/// The most that the server gives at once.
constexpr auto page_rows_max = std::uint64_t{100};

std::string name_body(std::string_view name) {
  return "{\"name\":" + codec::quoted(name) + "}";
}

/// As a table shows it: a string without its quotes.
std::string string_of(dom::element value) {
  auto text = std::string_view{};
  return value.get(text) == simdjson::SUCCESS
             ? std::string{text}
             : std::string{simdjson::minify(value)};
}

/// The JSON text of a reply's member, of the type that is expected of it.
result<std::string> member_of(const std::string& reply, const char* name,
                              dom::element_type type) {
  auto parser = dom::parser{};
  auto value = dom::element{};
  if (parser.parse(reply)[name].get(value) == simdjson::SUCCESS
      && value.type() == type)
    return simdjson::minify(value);
  return fail(exit_code::refused,
              "the server's reply is not what this version of sluice "
              "understands: it has no proper \""
                  + std::string{name} + "\"");
}

/// All databases, whatever the number of pages, as the texts of JSON objects.
result<std::vector<std::string>> read_databases(client& server) {
  auto all = std::vector<std::string>{};
  for (auto page = std::uint64_t{1};; ++page) {
    const auto reply = server.call(
        "databases.list", "{\"page\":" + std::to_string(page) + ",\"per_page\":"
                              + std::to_string(page_rows_max) + "}");
    if (!reply)
      return std::unexpected{reply.error()};
    const auto part = member_of(*reply, "databases", dom::element_type::ARRAY);
    if (!part)
      return std::unexpected{part.error()};
    auto parser = dom::parser{};
    auto databases = dom::array{};
    if (parser.parse(*part).get(databases) != simdjson::SUCCESS)
      return all;
    for (const auto database : databases)
      all.push_back(simdjson::minify(database));
    if (databases.size() < page_rows_max)
      return all;
  }
}

/// One database as lines of a name and a value.
void print_database(const std::string& database, bool is_json) {
  if (is_json) {
    print(pretty_json(database) + "\n");
    return;
  }
  auto rows = table{{"field", "value"}};
  auto parser = dom::parser{};
  auto object = dom::object{};
  if (parser.parse(database).get(object) == simdjson::SUCCESS)
    for (const auto member : object)
      rows.add_row({{std::string{member.key}}, {string_of(member.value)}});
  print(rows.render(stdout_columns()));
}

void print_json(const std::vector<std::string>& databases) {
  auto array = std::string{"["};
  for (const auto& database : databases)
    array.append(array.size() > 1 ? "," : "").append(database);
  print(pretty_json(array + "]") + "\n");
}

void print_table(const std::vector<std::string>& databases) {
  static constexpr auto columns = std::array<const char*, 5>{
      "name", "uuid", "created_at", "file_size", "num_tables"};
  auto rows = table{{columns.begin(), columns.end()}};
  auto parser = dom::parser{};
  for (const auto& database : databases) {
    auto row = std::vector<cell>{};
    for (const auto* column : columns) {
      auto value = dom::element{};
      row.push_back(parser.parse(database)[column].get(value)
                            == simdjson::SUCCESS
                        ? cell{string_of(value), value.is_number()}
                        : cell{});
    }
    rows.add_row(std::move(row));
  }
  print(rows.render(stdout_columns())
        + count_words(rows.row_count(), "database") + "\n");
}

/// What runs, a line for each request.
void print_running(const std::string& reply) {
  static constexpr auto columns
      = std::array<const char*, 5>{"id", "kind", "ms", "waiting", "sql"};
  auto rows = table{{columns.begin(), columns.end()}};
  auto parser = dom::parser{};
  auto running = dom::array{};
  if (parser.parse(reply)["running"].get(running) == simdjson::SUCCESS)
    for (const auto each : running) {
      auto row = std::vector<cell>{};
      for (const auto* column : columns) {
        auto value = dom::element{};
        row.push_back(each[column].get(value) == simdjson::SUCCESS
                          ? cell{string_of(value), value.is_number()}
                          : cell{});
      }
      rows.add_row(std::move(row));
    }
  auto queued = std::uint64_t{0};
  std::ignore = parser.parse(reply)["queued"].get(queued);
  print(rows.render(stdout_columns()) + count_words(rows.row_count(), "request")
        + (queued > 0 ? ", and " + std::to_string(queued) + " more wait" : "")
        + "\n");
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
          "db", "Create, list, delete databases; list, end requests")} {
  app_->require_subcommand(1);
  app_->footer("Examples:\n"
               "  sluice db create app\n"
               "  sluice db list\n"
               "  sluice db info app --json\n"
               "  sluice db delete app --yes\n"
               "  sluice db running app\n"
               "  sluice db cancel app ID");
  add("create", "Create a database").run = create;
  add("list", "List all databases").run = list;
  add("info", "Print what is known of a database").run = info;
  auto& removal = add("delete", "Delete a database and all that it holds");
  removal.run = remove;
  removal.app->add_flag("--yes", removal.is_confirmed, "Do not ask");
  add("running", "List what runs for a database now").run = list_running;
  auto& end = add("cancel", "End a request that runs for a database");
  end.run = cancel;
  end.app->add_option("id", end.id, "Its id, as `sluice db running` lists it")
      ->required()
      ->type_name("ID");
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

result<void> database_command::request_one(const action& self,
                                           std::string_view tail) {
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto reply = server->call(tail, name_body(self.name));
  if (!reply)
    return std::unexpected{reply.error()};
  const auto database
      = member_of(*reply, "database", dom::element_type::OBJECT);
  if (!database)
    return std::unexpected{database.error()};
  print_database(*database, self.output->is_json());
  return {};
}

result<void> database_command::create(const action& self) {
  return request_one(self, "databases.create");
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
    print_table(*databases);
  return {};
}

result<void> database_command::info(const action& self) {
  return request_one(self, "databases.get");
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

result<void> database_command::list_running(const action& self) {
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto reply = server->call("db." + self.name + ".running", "{}");
  if (!reply)
    return std::unexpected{reply.error()};
  if (self.output->is_json())
    print(pretty_json(*reply) + "\n");
  else
    print_running(*reply);
  return {};
}

result<void> database_command::cancel(const action& self) {
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto reply = server->call("db." + self.name + ".cancel",
                                  "{\"id\":" + codec::quoted(self.id) + "}");
  if (!reply)
    return std::unexpected{reply.error()};
  print(self.output->is_json() ? pretty_json(*reply) + "\n"
                               : "cancelled " + self.id + "\n");
  return {};
}

} // namespace sluice::cli
