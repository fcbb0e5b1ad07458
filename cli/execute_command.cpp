#include "cli/execute_command.hpp"

#include "cli/import_report.hpp"
#include "cli/json_text.hpp"
#include "cli/progress_line.hpp"
#include "cli/query_body.hpp"
#include "cli/query_result.hpp"
#include "cli/sql_import.hpp"
#include "cli/sql_source.hpp"
#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

namespace {

/// Wraps a single result into an array, as wrangler prints it.
std::string as_array(const std::string& reply) {
  return reply.starts_with('[') ? reply : "[" + reply + "]";
}

} // namespace

execute_command::execute_command(CLI::App& parent)
    : app_{parent.add_subcommand("execute", "Execute SQL in a database")} {
  add_options();
  output_ = std::make_unique<output_options>(*app_);
  client_ = std::make_unique<client_options>(*app_);
  app_->footer(
      "--command is one transaction. Of several statements each has its "
      "result,\n"
      "and --param belongs to the last.\n"
      "\n"
      "--file is sent in transactions of up to --batch-bytes and 1000 "
      "statements;\n"
      "a file that fits into one is all or nothing. If a statement fails, its\n"
      "transaction is undone, and those before it stay; the message tells how\n"
      "many statements that were.\n"
      "\n"
      "A --param that is JSON is taken as that (7, 1.5, null, true, \"7\",\n"
      "{\"base64\": \"AAE=\"}), anything else as a text.\n"
      "\n"
      "Examples:\n"
      "  sluice execute app --command 'SELECT * FROM users'\n"
      "  sluice execute app --command 'SELECT * FROM users WHERE id = ?' "
      "--param 7\n"
      "  sluice execute app --command 'SELECT count(*) FROM users' --json\n"
      "  sluice execute app --file schema.sql\n"
      "  gunzip -c dump.sql.gz | sluice execute app --file -");
}

void execute_command::add_options() {
  app_->add_option("database", database_, "Name of the database")
      ->required()
      ->type_name("DATABASE");
  sql_option_
      = app_->add_option("--command", sql_, "SQL to execute")->type_name("SQL");
  file_option_
      = app_->add_option("--file", file_,
                         "File of SQL to execute, of any size; - reads "
                         "standard input")
            ->type_name("FILE")
            ->excludes(sql_option_);
  parameter_option_
      = app_->add_option("--param", parameters_,
                         "Value of the next ? of the SQL; can be repeated");
  parameter_option_->type_name("VALUE")->allow_extra_args(false)->excludes(
      file_option_);
  app_->add_option("--batch-bytes", batch_bytes_max_,
                   "Bytes of SQL that --file sends in one transaction; at most "
                   "the server's limits.sql_bytes_max")
      ->type_name("NUMBER")
      ->check(CLI::Range(1u << 10, 1u << 30).description(""))
      ->capture_default_str();
}

bool execute_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> execute_command::run() {
  if (sql_option_->count() + file_option_->count() == 0)
    return fail(exit_code::usage, "one of --command and --file is needed");
  auto server = client_->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  auto done = sql_option_->count() > 0 ? execute_text(*server)
                                       : execute_file(*server);
  if (!done)
    return std::unexpected{std::move(done.error())};
  return exit_code::ok;
}

result<void> execute_command::execute_text(client& server) const {
  const auto is_json = output_->is_json();
  const auto body
      = query_body(sql_, parameter_option_->results(),
                   is_json ? "ARRAY_OF_OBJECTS" : "ROWS_AND_COLUMNS");
  if (!body)
    return std::unexpected{body.error()};
  const auto reply = server.call("db." + database_ + ".query", *body);
  if (!reply)
    return std::unexpected{reply.error()};
  if (is_json) {
    print(pretty_json(as_array(*reply)) + "\n");
    return {};
  }
  const auto results = read_query_reply(*reply);
  if (!results)
    return std::unexpected{results.error()};
  for (const auto& one : *results)
    print((&one == results->data() ? "" : "\n")
          + render(one, stdout_columns()));
  return {};
}

result<void> execute_command::execute_file(client& server) const {
  auto source = sql_source::open(file_);
  if (!source)
    return std::unexpected{std::move(source.error())};
  auto options = import_options{};
  options.database = database_;
  options.file_name = source->name();
  options.batch_bytes_max = batch_bytes_max_;
  auto line = progress_line{};
  auto listener = sql_import::observer{};
  listener.on_split = [&source] {
    complain("note: " + source->name()
             + " does not fit into one request; it is executed in several "
               "transactions, and those before an error stay");
  };
  listener.on_progress = [&line, &source](const import_progress& progress) {
    line.show(progress_text(progress, source->bytes()));
  };
  auto run
      = sql_import{source->stream(), options,
                   [&server](std::string_view tail, std::string_view body) {
                     return server.call(tail, body);
                   },
                   std::move(listener)};
  const auto done = run.run();
  line.clear();
  if (!done)
    return std::unexpected{done.error()};
  print(import_summary(*done, output_->is_json()));
  return {};
}

} // namespace sluice::cli
