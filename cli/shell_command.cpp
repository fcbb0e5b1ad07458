#include "cli/shell_command.hpp"

#include "cli/line_editor.hpp"
#include "cli/terminal.hpp"
#include "codec/json_writer.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>

namespace sluice::cli {

namespace {

constexpr auto history_name = "/.sluice_history";

} // namespace

shell_command::shell_command(CLI::App& parent)
    : app_{parent.add_subcommand("shell", "Work with a database by hand")} {
  app_->add_option("database", database_, "Name of the database")
      ->required()
      ->type_name("DATABASE");
  app_->add_flag("--no-history", keeps_no_history_,
                 "Neither read nor write ~/.sluice_history");
  output_ = std::make_unique<output_options>(*app_);
  client_ = std::make_unique<client_options>(*app_);
  app_->footer(
      "SQL may span lines, up to a semicolon; each statement is a transaction. "
      ".help\n"
      "lists the other commands. Tab completes keywords and tables, the arrow "
      "keys\n"
      "lead through what was typed before, Control-R searches it, Control-C "
      "gives up a\n"
      "line or the wait for an answer, Control-D ends the shell.\n"
      "\n"
      "Without a terminal it executes standard input, up to the first error.\n"
      "\n"
      "Examples:\n"
      "  sluice shell app\n"
      "  echo 'SELECT * FROM users;' | sluice shell app --table");
}

bool shell_command::is_chosen() const {
  return app_->parsed();
}

std::string shell_command::history_file() const {
  const auto* const home = std::getenv("HOME");
  if (keeps_no_history_ || home == nullptr || *home == '\0')
    return {};
  return std::string{home} + history_name;
}

result<void> shell_command::check(client& server) const {
  const auto found = server.call("databases.get",
                                 "{\"name\":" + codec::quoted(database_) + "}");
  if (!found)
    return std::unexpected{found.error()};
  return {};
}

result<exit_code> shell_command::run() {
  auto server = client_->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  server->wait_for_servers();
  if (auto known = check(*server); !known)
    return std::unexpected{std::move(known.error())};
  auto running
      = shell{database_,
              output_->is_json() ? shell_mode::json : shell_mode::table,
              {.call =
                   [&server](std::string_view tail, std::string_view body) {
                     return server->call(tail, body);
                   },
               .call_for_stream =
                   [&server](std::string_view tail, std::string_view body,
                             const auto& on_part) {
                     return server->call_for_stream(tail, body, on_part);
                   },
               .print = print,
               .complain = complain,
               .columns = stdout_columns}};
  if (!stdin_is_terminal() || !stdout_is_terminal())
    return run_on_pipe(running);
  server->set_interruption(line_editor::was_interrupted);
  run_on_terminal(running);
  return exit_code::ok;
}

void shell_command::run_on_terminal(shell& running) const {
  auto editor = line_editor{history_file(), [&running](std::string_view line) {
                              return complete(line, running.tables());
                            }};
  const auto first_prompt = database_ + "> ";
  const auto more_prompt = std::string(database_.size() - 1, ' ') + "-> ";
  print("sluice " SLUICE_VERSION ", .help helps, Control-D ends\n");
  while (!running.is_over()) {
    flush_output();
    const auto input = editor.read_line(
        running.is_within_statement() ? more_prompt : first_prompt);
    switch (input.what) {
    case line_editor::outcome::line:
      running.take_line(input.text);
      break;
    case line_editor::outcome::interrupted:
      running.give_up();
      break;
    case line_editor::outcome::end:
      print("\n");
      return;
    }
  }
}

exit_code shell_command::run_on_pipe(shell& running) const {
  auto line = std::string{};
  while (!running.is_over() && std::getline(std::cin, line))
    if (!running.take_line(line))
      return exit_code::refused;
  return running.is_over() || running.finish() ? exit_code::ok
                                               : exit_code::refused;
}

} // namespace sluice::cli
