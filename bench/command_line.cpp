#include "bench/command_line.hpp"

#include "bench/arguments.hpp"
#include "bench/databases_arguments.hpp"
#include "bench/overload_arguments.hpp"
#include "bench/services_arguments.hpp"

#include <CLI/CLI.hpp>

namespace sluice::bench {

namespace {

constexpr auto about
    = "Measures Sluice over NATS: how many requests per second, and how long "
      "each takes";

constexpr auto footer
    = "`sluice-bench COMMAND --help` explains a command.\n"
      "\n"
      "Exit status: 0 done; 1 a request failed, or nothing could be measured;\n"
      "2 the command line is wrong.\n"
      "\n"
      "Examples:\n"
      "  sluice-bench run\n"
      "  sluice-bench run --seconds 2 --rounds 5 --in-flight 1,256 --json\n"
      "  sluice-bench run --nats-url nats://127.0.0.1:4222 --what echo\n"
      "  sluice-bench overload --kind scan --rounds 3\n"
      "  sluice-bench databases --counts 1,100,1000\n"
      "  sluice-bench services --rounds 5 --posts 100000\n"
      "  sluice-bench sqlite";

constexpr auto run_footer
    = "What is measured:\n"
      "  echo    a bare C service that returns each request: what NATS allows\n"
      "  select  SELECT of one of 100 000 rows by its primary key\n"
      "  insert  one INSERT per request\n"
      "  batch   100 INSERTs per request, which are one transaction\n"
      "\n"
      "One process with one connection keeps N requests in flight: each reply\n"
      "sends the next request. All share one machine and one nats-server, and\n"
      "take turns in each round, so that `of echo`, the share of the echo's\n"
      "requests per second in the same round, holds on other machines, too.\n"
      "Latencies are measured at the client. Failures, missing replies, and\n"
      "rows acknowledged but not found are errors; any makes the status 1.\n"
      "\n"
      "The client library gathers what it sends for up to a millisecond, "
      "which\n"
      "is good for many requests in flight and bad for few. With at most\n"
      "--send-asap-max in flight, client and echo send at once instead. With\n"
      "little more than that in flight the echo spends its time gathering, "
      "and\n"
      "a server that knows better may have a share of more than 1.\n"
      "\n"
      "Options of `sluice serve` may follow after --, as in\n"
      "  sluice-bench run --seconds 2 -- --readers-count 1";

constexpr auto sqlite_footer
    = "What is measured:\n"
      "  point reads       one of 100 000 rows by its primary key; with one\n"
      "                    thread, and with a thread and connection per core\n"
      "  single commits    one row per transaction, each synced to the disk\n"
      "  commits of 128    as many rows per transaction, as when Sluice "
      "groups\n"
      "\n"
      "Sluice cannot be faster than this: it shows what NATS and Sluice add.";

void add_server(CLI::App& app, run_options& options) {
  auto* const program
      = app.add_option("--program", options.program,
                       "The program sluice, of which a server is\n"
                       "started")
            ->type_name("FILE")
            ->capture_default_str();
  auto* const url
      = app.add_option("--nats-url", options.nats_url,
                       "Measure what is served here already, instead\n"
                       "of starting a server")
            ->type_name("URL")
            ->excludes(program);
  app.add_option("--durability", options.durability,
                 "What the server is started with")
      ->check(silent(CLI::IsMember({"full", "normal"})))
      ->type_name("full|normal")
      ->capture_default_str()
      ->excludes(url);
  app.add_option("--prefix", options.prefix,
                 "First token of the server's subjects")
      ->type_name("TEXT")
      ->capture_default_str();
  app.add_option("serve-options", options.serve_options,
                 "Further options of `sluice serve`, after --")
      ->type_name("")
      ->excludes(url);
}

void add_loads(CLI::App& app, run_options& options,
               std::vector<std::string>& what) {
  app.add_option("--what", what, "What is measured")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(silent(CLI::IsMember({"echo", "select", "insert", "batch"})))
      ->type_name("echo,select,insert,batch");
  app.add_option("--in-flight", options.in_flight,
                 "Requests that are always under way")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(silent(CLI::Range(1u, most_in_flight)))
      ->type_name("N,N,...")
      ->default_str("1,64,1024");
  app.add_option("--rounds", options.rounds,
                 "Times that all is measured; the medians are\n"
                 "reported")
      ->check(silent(CLI::Range(1u, 1000u)))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--send-asap-max", options.send_asap_max,
                 "Most requests in flight at which messages\n"
                 "are sent at once, not gathered")
      ->check(silent(CLI::Range(0u, most_in_flight)))
      ->type_name("N")
      ->capture_default_str();
}

CLI::App* add_echo(CLI::App& parent, echo_options& options) {
  auto* const app = parent.add_subcommand("echo", "Serve as the bare echo");
  // `run` starts it; a person has little use for it.
  app->group("");
  app->add_option("--nats-url", options.url)->required();
  app->add_option("--subject", options.subject)->required();
  app->add_flag("--send-asap", options.send_asap);
  return app;
}

void must_exist(const std::string& program) {
  if (const auto wrong = CLI::ExistingFile(program); !wrong.empty())
    throw CLI::ValidationError{"--program", wrong};
}

std::vector<scenario> scenarios_of(const std::vector<std::string>& names) {
  auto chosen = std::vector<scenario>{};
  // In the order of the report, each once, whatever the order of the names.
  for (const auto which : run_scenarios)
    if (names.empty()
        || std::ranges::find(names, name_of(which)) != names.end())
      chosen.push_back(which);
  return chosen;
}

} // namespace

command parse(int argc, const char* const* argv) {
  auto app = CLI::App{about, "sluice-bench"};
  app.set_version_flag("--version", "sluice-bench " SLUICE_VERSION);
  app.require_subcommand(1);
  app.footer(footer);

  auto run = run_options{};
  run.program = own_folder() + "/sluice";
  auto what = std::vector<std::string>{};
  auto* const run_app = app.add_subcommand(
      "run", "Measure Sluice, and a bare echo to compare it with");
  run_app->footer(run_footer);
  add_common(*run_app, run);
  add_loads(*run_app, run, what);
  add_server(*run_app, run);

  auto overload = overload_options{};
  overload.program = run.program;
  auto* const overload_app
      = app.add_subcommand("overload", "Offer Sluice more than it can serve");
  auto kinds = std::vector<std::string>{};
  add_overload(*overload_app, overload, kinds);

  auto databases = databases_options{};
  databases.program = run.program;
  auto* const databases_app = app.add_subcommand(
      "databases", "Spread one load over more and more databases");
  add_databases(*databases_app, databases);

  auto services = services_options{};
  services.program = run.program;
  auto* const services_app
      = app.add_subcommand("services", "Measure the application services");
  add_services(*services_app, services);
  auto posts = posts_options{};
  auto* const posts_app
      = app.add_subcommand("posts", "Fill a database with users and posts");
  add_posts(*posts_app, posts);

  auto sqlite = sqlite_options{};
  auto* const sqlite_app = app.add_subcommand(
      "sqlite", "Measure SQLite by itself, in this process");
  sqlite_app->footer(sqlite_footer);
  add_common(*sqlite_app, sqlite);

  auto echo = echo_options{};
  auto* const echo_app = add_echo(app, echo);
  try {
    app.parse(argc, argv);
    if (run_app->parsed() && run.nats_url.empty())
      must_exist(run.program);
    if (overload_app->parsed())
      must_exist(overload.program);
    if (databases_app->parsed())
      must_exist(databases.program);
    if (services_app->parsed())
      must_exist(services.program);
  } catch (const CLI::ParseError& problem) {
    // --help is thrown, too; its status is 0.
    return app.exit(problem) == 0 ? exit_code::ok : exit_code::usage;
  }
  run.scenarios = scenarios_of(what);
  if (run_app->parsed())
    return run;
  if (overload_app->parsed()) {
    choose_kinds(overload, kinds);
    return overload;
  }
  if (databases_app->parsed())
    return databases;
  if (services_app->parsed())
    return services;
  if (posts_app->parsed())
    return posts;
  if (echo_app->parsed())
    return echo;
  return sqlite;
}

} // namespace sluice::bench
