#include "cli/execute_command.hpp"

#include "cli/json_text.hpp"
#include "cli/query_body.hpp"
#include "cli/query_result.hpp"
#include "cli/sql_import.hpp"
#include "cli/terminal.hpp"
#include "codec/json_writer.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

namespace sluice::cli {

namespace {

/// The file's size, 0 where there is none to know, as of a pipe.
std::uint64_t size_of(const std::string& file) {
  auto problem = std::error_code{};
  if (!std::filesystem::is_regular_file(file, problem))
    return 0;
  const auto bytes = std::filesystem::file_size(file, problem);
  return problem ? 0 : static_cast<std::uint64_t>(bytes);
}

/// The line of standard error that tells how far it is.
std::string progress_line(const import_progress& progress,
                          std::uint64_t bytes_total) {
  constexpr auto mebibyte = std::uint64_t{1} << 20;
  auto result = count_words(progress.statements, "statement") + ", "
                + std::to_string(progress.bytes_read / mebibyte) + " MiB";
  if (bytes_total > 0)
    result += " of " + std::to_string(bytes_total / mebibyte) + " MiB, "
              + std::to_string(progress.bytes_read * 100 / bytes_total) + "%";
  return result;
}

/// Wraps a single result into an array, as wrangler prints it.
std::string as_array(const std::string& reply) {
  return reply.starts_with('[') ? reply : "[" + reply + "]";
}

void print_summary(const import_progress& done, bool is_json) {
  if (!is_json) {
    print(count_words(done.statements, "statement") + " in "
          + count_words(done.transactions, "transaction") + ", "
          + duration_words(done.duration_ms) + "\n");
    return;
  }
  auto out = codec::json_writer{};
  out.begin_array();
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("count");
  out.unsigned_integer(done.statements);
  out.key("transactions");
  out.unsigned_integer(done.transactions);
  out.key("duration");
  out.real(done.duration_ms);
  out.end_object();
  out.end_array();
  print(pretty_json(out.view()) + "\n");
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
  auto opened = std::ifstream{};
  if (file_ != "-") {
    errno = 0;
    opened.open(file_, std::ios::binary);
    if (!opened.is_open())
      return fail(exit_code::usage,
                  "cannot read " + file_ + ": "
                      + std::generic_category().message(errno));
  }
  const auto options = import_options{
      database_, file_ == "-" ? "standard input" : file_, batch_bytes_max_};
  const auto is_terminal = stderr_is_terminal();
  const auto bytes_total = size_of(file_);
  auto listener = sql_import::observer{};
  listener.on_split = [&options] {
    complain("note: " + options.file_name
             + " does not fit into one request; it is executed in several "
               "transactions, and those before an error stay");
  };
  if (is_terminal)
    listener.on_progress = [bytes_total](const import_progress& progress) {
      std::cerr << "\r\x1b[K" << progress_line(progress, bytes_total)
                << std::flush;
    };
  auto run
      = sql_import{file_ == "-" ? std::cin : opened, options,
                   [&server](std::string_view tail, std::string_view body) {
                     return server.call(tail, body);
                   },
                   std::move(listener)};
  const auto done = run.run();
  if (is_terminal)
    std::cerr << "\r\x1b[K" << std::flush;
  if (!done)
    return std::unexpected{done.error()};
  print_summary(*done, output_->is_json());
  return {};
}

} // namespace sluice::cli
