#include "cli/migrations_command.hpp"

#include "cli/json_text.hpp"
#include "cli/query_result.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "codec/json_writer.hpp"

#include <CLI/CLI.hpp>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace sluice::cli {

namespace {

namespace dom = simdjson::dom;

/// What the database says of a migration.
struct applied_migration {
  std::string name;
  std::string applied_at;
};

result<std::vector<applied_migration>>
read_applied(client& server, const std::string& database) {
  const auto reply = server.call("db." + database + ".migrations.list", "{}");
  if (!reply)
    return std::unexpected{reply.error()};
  auto parser = dom::parser{};
  auto rows = dom::array{};
  if (parser.parse(*reply)["migrations"].get(rows) != simdjson::SUCCESS)
    return fail(exit_code::refused, "the server's reply is not what this "
                                    "version of sluice understands");
  auto result = std::vector<applied_migration>{};
  for (const auto row : rows) {
    auto name = std::string_view{};
    auto when = std::string_view{};
    // Whoever writes to the table may have left something else there.
    if (row["name"].get(name) == simdjson::SUCCESS)
      result.push_back(
          {std::string{name}, row["applied_at"].get(when) == simdjson::SUCCESS
                                  ? std::string{when}
                                  : std::string{}});
  }
  return result;
}

const applied_migration* find(const std::vector<applied_migration>& applied,
                              const migration_file& file) {
  const auto found = std::ranges::find_if(applied, [&file](const auto& each) {
    return is_same_migration(each.name, file.name);
  });
  return found != applied.end() ? &*found : nullptr;
}

result<std::string> read_file(const std::string& path) {
  auto in = std::ifstream{path, std::ios::binary};
  auto text = std::string{std::istreambuf_iterator<char>{in}, {}};
  if (!in)
    return fail(exit_code::usage, "cannot read " + path);
  return text;
}

std::string request_body(const migration_file& file, std::string_view sql) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("migrations");
  out.begin_array();
  out.begin_object();
  out.key("name");
  out.text(file.name);
  out.key("sql");
  out.text(sql);
  out.end_object();
  out.end_array();
  out.end_object();
  return out.take();
}

/// Asks a person, if there is one.
result<void> confirm(const std::string& database, std::size_t count) {
  if (!stdin_is_terminal())
    return {};
  std::cerr << "Apply " << count_words(count, "migration")
            << " to the database " << database << "? (y/N) " << std::flush;
  auto answer = std::string{};
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes")
    return {};
  return fail(exit_code::usage, "nothing was applied");
}

/// How far a migration is, for people and for programs.
struct line {
  std::string name;
  std::string state;
};

void print_lines(const std::vector<line>& lines, const char* state_name,
                 bool is_json) {
  if (!is_json) {
    auto rows = table{{"name", state_name}};
    for (const auto& [name, state] : lines)
      rows.add_row({{name}, {state}});
    print(rows.render(stdout_columns()));
    return;
  }
  auto out = codec::json_writer{};
  out.begin_array();
  for (const auto& [name, state] : lines) {
    out.begin_object();
    out.key("name");
    out.text(name);
    out.key(state_name);
    if (state.empty())
      out.null();
    else
      out.text(state);
    out.end_object();
  }
  out.end_array();
  print(pretty_json(out.take()) + "\n");
}

/// Which of the folder's files the database has not had.
std::vector<migration_file>
pending(const std::vector<migration_file>& files,
        const std::vector<applied_migration>& applied) {
  auto result = std::vector<migration_file>{};
  for (const auto& file : files)
    if (find(applied, file) == nullptr)
      result.push_back(file);
  return result;
}

/// Sends them one by one, so that what was done is known where one fails.
result<void> send(client& server, const std::string& database,
                  const std::vector<migration_file>& due,
                  std::vector<line>& lines) {
  for (const auto& file : due) {
    const auto sql = read_file(file.path);
    if (!sql)
      return std::unexpected{sql.error()};
    const auto reply = server.call("db." + database + ".migrations.apply",
                                   request_body(file, *sql));
    if (!reply) {
      lines.push_back({file.name, "failed"});
      return fail(reply.error().code, file.path + ": " + reply.error().message);
    }
    lines.push_back({file.name, "applied"});
  }
  return {};
}

} // namespace

migrations_command::migrations_command(CLI::App& parent)
    : app_{parent.add_subcommand(
          "migrations", "Create, list and apply changes of a schema")} {
  app_->require_subcommand(1);
  app_->footer(
      "A migration is a file NNNN_name.sql, or a folder NNNN_name with "
      "a file\nmigration.sql. Each is applied to a database once, in "
      "the order of the numbers, in\na transaction of its own. A file "
      "of SQL without a number is an error.\n\nExamples:\n"
      "  sluice migrations create app 'add tags'\n"
      "  sluice migrations list app\n"
      "  sluice migrations apply app --folder ./migrations --yes");
  auto& making = add("create", "Make the file of the next migration");
  making.run = create;
  making.app->add_option("title", making.title, "What it does, in few words")
      ->required()
      ->type_name("TITLE");
  add("list", "Show which migrations were applied").run = list;
  auto& applying = add("apply", "Apply those that the database has not had");
  applying.run = apply;
  applying.app->add_flag("--yes", applying.is_confirmed, "Do not ask");
}

migrations_command::action& migrations_command::add(const std::string& word,
                                                    const std::string& help) {
  auto& self = *actions_.emplace_back(std::make_unique<action>());
  self.app = app_->add_subcommand(word, help);
  self.app->add_option("database", self.database, "Name of the database")
      ->required()
      ->type_name("DATABASE");
  self.app->add_option("--folder", self.folder, "Folder of the files")
      ->capture_default_str()
      ->type_name("PATH");
  if (word != "create") {
    self.client = std::make_unique<client_options>(*self.app);
    self.output = std::make_unique<output_options>(*self.app);
  }
  return self;
}

bool migrations_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> migrations_command::run() {
  for (const auto& candidate : actions_) {
    if (!candidate->app->parsed())
      continue;
    if (auto done = candidate->run(*candidate); !done)
      return std::unexpected{std::move(done.error())};
    return exit_code::ok;
  }
  return fail(exit_code::usage, "migrations needs a subcommand");
}

result<void> migrations_command::create(const action& self) {
  auto problem = std::error_code{};
  std::filesystem::create_directories(self.folder, problem);
  if (problem)
    return fail(exit_code::usage, "cannot make the folder " + self.folder + ": "
                                      + problem.message());
  const auto known = find_migrations(self.folder);
  if (!known)
    return std::unexpected{known.error()};
  const auto path = (std::filesystem::path{self.folder}
                     / next_migration_name(*known, self.title))
                        .string();
  auto file = std::ofstream{path};
  file << "-- " << self.title << "\n";
  file.close();
  if (!file)
    return fail(exit_code::usage, "cannot write " + path);
  print(path + "\n");
  return {};
}

result<void> migrations_command::list(const action& self) {
  const auto files = find_migrations(self.folder);
  if (!files)
    return std::unexpected{files.error()};
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto applied = read_applied(*server, self.database);
  if (!applied)
    return std::unexpected{applied.error()};
  auto lines = std::vector<line>{};
  for (const auto& file : *files) {
    const auto* found = find(*applied, file);
    lines.push_back({file.name, found != nullptr ? found->applied_at : ""});
  }
  print_lines(lines, "applied_at", self.output->is_json());
  const auto due = pending(*files, *applied).size();
  if (!self.output->is_json())
    print(due == 0 ? "nothing to apply\n"
                   : count_words(due, "migration") + " to apply\n");
  return {};
}

result<void> migrations_command::apply(const action& self) {
  const auto files = find_migrations(self.folder);
  if (!files)
    return std::unexpected{files.error()};
  auto server = self.client->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto applied = read_applied(*server, self.database);
  if (!applied)
    return std::unexpected{applied.error()};
  const auto due = pending(*files, *applied);
  if (!due.empty() && !self.is_confirmed)
    if (auto confirmed = confirm(self.database, due.size()); !confirmed)
      return confirmed;
  auto lines = std::vector<line>{};
  auto sent = send(*server, self.database, due, lines);
  const auto is_json = self.output->is_json();
  if (!lines.empty() || is_json)
    print_lines(lines, "state", is_json);
  if (sent && due.empty() && !is_json)
    print("nothing to apply\n");
  return sent;
}

} // namespace sluice::cli
