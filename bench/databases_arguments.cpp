#include "bench/databases_arguments.hpp"

#include "bench/arguments.hpp"

namespace sluice::bench {

namespace {

constexpr auto databases_max = 100'000u;

constexpr auto databases_footer
    = "What is measured, with each number of databases of 1 000 rows:\n"
      "  echo    a bare C service that returns each request: what NATS allows\n"
      "  select  SELECT of one row by its primary key\n"
      "  insert  one durable INSERT per request\n"
      "\n"
      "Each request goes to a database chosen at random, every one as likely.\n"
      "`of one` is the share of the requests per second of one database in "
      "the\n"
      "same round, if 1 is among --counts; `cpu µs` is Sluice's processor "
      "time\n"
      "for one request.\n"
      "\n"
      "Options of `sluice serve` may follow after --, as in\n"
      "  sluice-bench databases --counts 1,100 -- --databases-writers-max 300";

} // namespace

void add_databases(CLI::App& app, databases_options& options) {
  app.footer(databases_footer);
  add_common(app, options);
  app.add_option("--counts", options.counts,
                 "Over how many databases the load is spread")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(silent(CLI::Range(1u, databases_max)))
      ->type_name("N,N,...")
      ->default_str("1,10,40,100,300,1000");
  app.add_option("--in-flight", options.in_flight,
                 "Requests that are always under way, in all")
      ->check(silent(CLI::Range(1u, most_in_flight)))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--rounds", options.rounds,
                 "Times that all is measured; the medians are\n"
                 "reported")
      ->check(silent(CLI::Range(1u, 1000u)))
      ->type_name("N")
      ->capture_default_str();
  add_program(app, options);
}

} // namespace sluice::bench
