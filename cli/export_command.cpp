#include "cli/export_command.hpp"

#include "cli/database_fetch.hpp"
#include "cli/progress_line.hpp"
#include "cli/query_result.hpp"
#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

namespace {

/// What to do about a table that cannot be written.
std::string with_advice(const codec::error& problem) {
  return problem.message
         + (problem.code == codec::error_code::bad_request
                ? " (--exclude-table)"
                : "");
}

std::string progress_text(const storage::sql_export_progress& progress) {
  return "writing: table " + std::to_string(progress.tables + 1) + " of "
         + std::to_string(progress.tables_total) + ", "
         + count_words(progress.rows, "row") + ", "
         + size_words(progress.bytes);
}

} // namespace

export_command::export_command(CLI::App& parent)
    : app_{parent.add_subcommand("export", "Write a database as SQL")} {
  add_options();
  client_ = std::make_unique<client_options>(*app_);
  app_->footer(
      "Writes the database as it is at one moment; others go on writing to "
      "it. What\n"
      "is written makes an equal database with `sluice import`, in D1, or with "
      "the\n"
      "program sqlite3. A file is there only when it is complete.\n"
      "\n"
      "For as long as it takes, the database also needs its room beside the "
      "output\n"
      "file, or in the folder for temporary files.\n"
      "\n"
      "Examples:\n"
      "  sluice export app --output app.sql\n"
      "  sluice export app --output users.sql --table users --no-schema\n"
      "  sluice export app | gzip > app.sql.gz");
}

void export_command::add_options() {
  app_->add_option("database", database_, "Name of the database")
      ->required()
      ->type_name("DATABASE");
  app_->add_option("--output", output_,
                   "File to write; left out, or -: standard output")
      ->type_name("FILE");
  auto* tables = app_->add_option("--table", options_.tables,
                                  "Only this table, with its indexes and "
                                  "triggers; can be repeated");
  tables->type_name("TABLE")->allow_extra_args(false);
  app_->add_option("--exclude-table", options_.excluded,
                   "All but this table; can be repeated")
      ->type_name("TABLE")
      ->allow_extra_args(false)
      ->excludes(tables);
  auto* no_schema = app_->add_flag("--no-schema", has_no_schema_,
                                   "Only rows, no definitions");
  app_->add_flag("--no-data", has_no_data_, "Only definitions, no rows")
      ->excludes(no_schema);
}

bool export_command::is_chosen() const {
  return app_->parsed();
}

result<storage::sql_export_progress>
export_command::write(unfinished_file& fetched, output_target& target) const {
  auto line = progress_line{};
  auto problem = result<void>{};
  // It would be in the midst of the text.
  const auto is_silent = target.is_standard_output() && stdout_is_terminal();
  // A name that is gone needs no cleaning up, whatever comes.
  const auto done = storage::export_sql(
      fetched.path(), options_,
      {.on_open = [&fetched] { fetched.remove_name(); },
       .on_text = [&](std::string_view text) -> codec::result<void> {
         problem = target.write(text);
         if (problem)
           return {};
         return codec::fail(codec::error_code::storage,
                            problem.error().message);
       },
       .on_progress =
           [&line, is_silent](const storage::sql_export_progress& progress) {
             if (!is_silent)
               line.show(progress_text(progress));
           },
       .on_note =
           [&line](const std::string& text) {
             line.clear();
             complain("note: " + text);
           }});
  if (!problem)
    return std::unexpected{std::move(problem.error())};
  if (!done)
    return fail(exit_code::refused, with_advice(done.error()));
  return *done;
}

result<exit_code> export_command::run() {
  options_.has_schema = !has_no_schema_;
  options_.has_data = !has_no_data_;
  auto target = output_target::find(output_);
  if (!target)
    return std::unexpected{std::move(target.error())};
  // Beside the output there is room for it, and a folder that may be written
  // to.
  auto fetched = unfinished_file::make(target->folder());
  if (!fetched)
    return std::unexpected{std::move(fetched.error())};
  {
    auto server = client_->connect();
    if (!server)
      return std::unexpected{std::move(server.error())};
    if (auto done = fetch_database(
            *server, database_,
            [&fetched](std::string_view part) { return fetched->write(part); });
        !done)
      return std::unexpected{std::move(done.error())};
  }
  if (auto begun = target->begin(); !begun)
    return std::unexpected{std::move(begun.error())};
  const auto written = write(*fetched, *target);
  if (!written)
    return std::unexpected{written.error()};
  if (auto done = target->finish(); !done)
    return std::unexpected{std::move(done.error())};
  if (target->is_file())
    print("exported " + count_words(written->tables_total, "table") + " with "
          + count_words(written->rows, "row") + " to " + output_ + ", "
          + size_words(written->bytes) + "\n");
  return exit_code::ok;
}

} // namespace sluice::cli
