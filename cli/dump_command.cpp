#include "cli/dump_command.hpp"

#include "cli/database_fetch.hpp"
#include "cli/output_target.hpp"
#include "cli/progress_line.hpp"
#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

dump_command::dump_command(CLI::App& parent)
    : app_{parent.add_subcommand("dump", "Fetch a database's file")} {
  app_->add_option("database", database_, "Name of the database")
      ->required()
      ->type_name("DATABASE");
  app_->add_option("--output", output_, "File to write; -: standard output")
      ->required()
      ->type_name("FILE");
  client_ = std::make_unique<client_options>(*app_);
  app_->footer(
      "Writes the database as it is at one moment, as a file that any SQLite "
      "opens;\n"
      "others go on writing to it. A file is there only when it is complete. "
      "`sluice\n"
      "export` writes a database as SQL.\n"
      "\n"
      "Examples:\n"
      "  sluice dump app --output app.sqlite\n"
      "  sluice dump app --output - | gzip > app.sqlite.gz");
}

bool dump_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> dump_command::run() {
  auto target = output_target::find(output_);
  if (!target)
    return std::unexpected{std::move(target.error())};
  if (target->is_standard_output() && stdout_is_terminal())
    return fail(exit_code::usage,
                "a database's file is not for a terminal; --output names a "
                "file");
  auto server = client_->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  if (auto begun = target->begin(); !begun)
    return std::unexpected{std::move(begun.error())};
  const auto bytes
      = fetch_database(*server, database_, [&target](std::string_view part) {
          return target->write(part);
        });
  if (!bytes)
    return std::unexpected{bytes.error()};
  if (auto done = target->finish(); !done)
    return std::unexpected{std::move(done.error())};
  if (target->is_file())
    print("wrote " + database_ + " to " + output_ + ", " + size_words(*bytes)
          + "\n");
  return exit_code::ok;
}

} // namespace sluice::cli
