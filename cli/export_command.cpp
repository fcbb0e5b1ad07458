#include "cli/export_command.hpp"

#include "cli/progress_line.hpp"
#include "cli/query_result.hpp"
#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>
#include <simdjson.h>

#include <filesystem>
#include <system_error>

namespace sluice::cli {

namespace {

namespace fs = std::filesystem;

/// What is there already and is no plain file, as a pipe, is written to.
bool is_special(const fs::path& path) {
  auto problem = std::error_code{};
  const auto status = fs::status(path, problem);
  return fs::exists(status) && !fs::is_regular_file(status);
}

/// Where the file really is: a link stays one.
fs::path resolved(const fs::path& path) {
  auto problem = std::error_code{};
  auto result = fs::weakly_canonical(path, problem);
  return problem ? path : result;
}

std::uint64_t size_in(const std::string& reply) {
  auto parser = simdjson::dom::parser{};
  auto size = std::uint64_t{0};
  return parser.parse(reply)["file_size"].get(size) == simdjson::SUCCESS ? size
                                                                         : 0;
}

/// Fetches a database's bytes.
result<void> fetch(client& server, const std::string& database,
                   unfinished_file& into) {
  auto line = progress_line{};
  auto bytes = std::uint64_t{0};
  auto last = server.call_for_stream(
      "db." + database + ".dump", "",
      [&](std::string_view part) -> result<void> {
        bytes += part.size();
        line.show("fetching " + database + ": " + size_words(bytes));
        return into.write(part);
      });
  if (!last)
    return std::unexpected{std::move(last.error())};
  if (bytes != size_in(*last))
    return fail(exit_code::unreachable,
                "the database did not arrive whole: " + std::to_string(bytes)
                    + " bytes of " + std::to_string(size_in(*last)));
  return {};
}

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

bool export_command::has_output_file() const {
  return !output_.empty() && output_ != "-" && !is_special(output_);
}

result<storage::sql_export_progress>
export_command::write(unfinished_file& fetched,
                      const text_function& on_text) const {
  auto line = progress_line{};
  auto problem = result<void>{};
  // It would be in the midst of the text.
  const auto is_silent = !has_output_file() && stdout_is_terminal();
  // A name that is gone needs no cleaning up, whatever comes.
  const auto done = storage::export_sql(
      fetched.path(), options_,
      {.on_open = [&fetched] { fetched.remove_name(); },
       .on_text = [&](std::string_view text) -> codec::result<void> {
         problem = on_text(text);
         if (problem)
           return {};
         return codec::fail(codec::error_code::storage,
                            problem.error().message);
       },
       .on_progress =
           [&line, is_silent](const storage::sql_export_progress& progress) {
             if (!is_silent)
               line.show(progress_text(progress));
           }});
  if (!problem)
    return std::unexpected{std::move(problem.error())};
  if (!done)
    return fail(exit_code::refused, with_advice(done.error()));
  return *done;
}

result<storage::sql_export_progress>
export_command::write_file(unfinished_file& fetched) const {
  const auto target = resolved(output_);
  auto file = unfinished_file::make(target.parent_path());
  if (!file)
    return std::unexpected{std::move(file.error())};
  auto written = write(
      fetched, [&file](std::string_view text) { return file->write(text); });
  if (!written)
    return written;
  if (auto done = file->finish_as(target); !done)
    return std::unexpected{std::move(done.error())};
  return written;
}

result<storage::sql_export_progress>
export_command::write_stdout(unfinished_file& fetched) const {
  return write(fetched, [](std::string_view text) -> result<void> {
    print(text);
    if (can_print())
      return {};
    return fail(exit_code::refused, "cannot write the output");
  });
}

result<exit_code> export_command::run() {
  options_.has_schema = !has_no_schema_;
  options_.has_data = !has_no_data_;
  auto problem = std::error_code{};
  // Beside the output there is room for it, and a folder that may be written
  // to.
  const auto folder = has_output_file() ? resolved(output_).parent_path()
                                        : fs::temp_directory_path(problem);
  auto fetched = unfinished_file::make(folder);
  if (!fetched)
    return std::unexpected{std::move(fetched.error())};
  {
    auto server = client_->connect();
    if (!server)
      return std::unexpected{std::move(server.error())};
    if (auto done = fetch(*server, database_, *fetched); !done)
      return std::unexpected{std::move(done.error())};
  }
  const auto written
      = has_output_file() ? write_file(*fetched) : write_stdout(*fetched);
  if (!written)
    return std::unexpected{written.error()};
  if (has_output_file())
    print("exported " + count_words(written->tables_total, "table") + " with "
          + count_words(written->rows, "row") + " to " + output_ + ", "
          + size_words(written->bytes) + "\n");
  return exit_code::ok;
}

} // namespace sluice::cli
