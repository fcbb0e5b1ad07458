#include "cli/import_command.hpp"

#include "cli/import_ledger.hpp"
#include "cli/import_report.hpp"
#include "cli/progress_line.hpp"
#include "cli/sql_source.hpp"
#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <thread>

namespace sluice::cli {

namespace {

/// Of a batch; what the server takes by default is about ten times as much.
constexpr auto batch_bytes_usual = std::uint32_t{96} << 10;
/// With --one-transaction. The server's own bound is for the SQL, and NATS's
/// for that as JSON.
constexpr auto batch_bytes_large = std::uint32_t{950'000};

/// A server that has too much to do at the moment has executed nothing: an
/// import of hours does not end for that.
constexpr auto patience = std::chrono::seconds{30};
constexpr auto repeat_interval = std::chrono::milliseconds{100};

bool is_to_be_repeated(const failure& problem) {
  return problem.reply_code == "overloaded"
         || problem.reply_code == "unavailable";
}

result<std::string> call_patiently(client& server, std::string_view tail,
                                   std::string_view body) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto reply = server.call(tail, body);
    if (reply || !is_to_be_repeated(reply.error())
        || std::chrono::steady_clock::now() >= until)
      return reply;
    std::this_thread::sleep_for(repeat_interval);
  }
}

} // namespace

import_command::import_command(CLI::App& parent)
    : app_{parent.add_subcommand("import",
                                 "Execute a file of SQL, of any size, "
                                 "in a database")} {
  add_options();
  output_ = std::make_unique<output_options>(*app_);
  client_ = std::make_unique<client_options>(*app_);
  app_->footer(
      "The file is sent in transactions of up to --batch-bytes and 1000 "
      "statements.\n"
      "If one fails, those before it stay; the message names the line and the\n"
      "statement. The same command again goes on behind the last transaction "
      "that\n"
      "was committed, also after a crash of either side: meanwhile the "
      "database has a\n"
      "table `sluice_import`, which goes with the last transaction.\n"
      "\n"
      "BEGIN and COMMIT, as sqlite3's .dump writes them, are left out with a "
      "note. Behind\n"
      "PRAGMA foreign_keys=OFF nothing is deleted by a cascade, and each "
      "transaction has to\n"
      "leave all foreign keys in order.\n"
      "\n"
      "Examples:\n"
      "  sluice import app app.sql\n"
      "  sluice import app seed.sql --one-transaction\n"
      "  gunzip -c app.sql.gz | sluice import app -\n"
      "  sqlite3 old.db .dump | sluice import app -");
}

void import_command::add_options() {
  app_->add_option("database", database_, "Name of the database")
      ->required()
      ->type_name("DATABASE");
  app_->add_option("file", file_, "File of SQL; - reads standard input")
      ->required()
      ->type_name("FILE");
  app_->add_flag("--one-transaction", is_one_transaction_,
                 "All of the file or nothing of it: it has to fit into one "
                 "request, of about 1 MB");
  app_->add_flag("--restart", begins_anew_,
                 "Forget an import into this database that was not finished, "
                 "and execute the file from its beginning; what that import "
                 "did stays");
  app_->add_option("--batch-bytes", batch_bytes_max_,
                   "Bytes of SQL of one transaction, and of the longest "
                   "statement, 98304 if left out; at most the server's "
                   "limits.sql_bytes_max")
      ->type_name("NUMBER")
      ->check(CLI::Range(1u << 10, 1u << 30).description(""));
}

bool import_command::is_chosen() const {
  return app_->parsed();
}

import_options import_command::options(const std::string& file_name) const {
  auto result = import_options{};
  result.database = database_;
  result.file_name = file_name;
  result.batch_bytes_max = batch_bytes_max_ != 0 ? batch_bytes_max_
                           : is_one_transaction_ ? batch_bytes_large
                                                 : batch_bytes_usual;
  if (batch_bytes_max_ == 0 && !is_one_transaction_)
    result.batch_bytes_grown = batch_bytes_large;
  result.takes_dumps = true;
  result.is_one_transaction = is_one_transaction_;
  result.is_resumable = true;
  return result;
}

result<exit_code> import_command::run() {
  auto source = sql_source::open(file_);
  if (!source)
    return std::unexpected{std::move(source.error())};
  auto server = client_->connect();
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto call = [&server](std::string_view tail, std::string_view body) {
    return call_patiently(*server, tail, body);
  };
  if (begins_anew_)
    if (auto forgotten = import_ledger{}.forget(database_, call); !forgotten)
      return std::unexpected{std::move(forgotten.error())};
  auto line = progress_line{};
  auto listener = sql_import::observer{};
  listener.on_progress = [&line, &source](const import_progress& progress) {
    line.show(progress_text(progress, source->bytes()));
  };
  listener.on_note = [&line](const std::string& note) {
    line.clear();
    complain("note: " + note);
  };
  auto run = sql_import{source->stream(), options(source->name()), call,
                        std::move(listener)};
  const auto done = run.run();
  line.clear();
  if (!done)
    return std::unexpected{done.error()};
  print(import_summary(*done, output_->is_json()));
  return exit_code::ok;
}

} // namespace sluice::cli
