#include "bench/overload_arguments.hpp"

#include "bench/arguments.hpp"

#include <algorithm>

namespace sluice::bench {

namespace {

constexpr auto hot = "hot";

constexpr auto overload_footer
    = "What is offered:\n"
      "  scan    a SELECT that takes SQLite about a millisecond\n"
      "  update  an UPDATE of 500 rows, which takes SQLite some tenths of one\n"
      "  select  SELECT of one of 100 000 rows by its primary key\n"
      "  insert  one INSERT per request\n"
      "  hot     each of these at 10x to one database, while another one gets\n"
      "          100 selects and 100 inserts a second; and the same to a bare\n"
      "          echo, which shows what the busy machine alone does\n"
      "          (the two are in different partitions; what one waits that\n"
      "          shares the other's shows -- --nats-partitions 1)\n"
      "\n"
      "First the peak is measured: a closed loop with --in-flight requests.\n"
      "Then multiples of it are offered in an open loop: requests are sent by\n"
      "the clock, whether or not replies come. Latencies count from the "
      "moment\n"
      "when a request ought to have been sent.\n"
      "\n"
      "  of peak    offered: what was really sent; served: with success\n"
      "  refused    answered `overloaded`: the server's bounds at work\n"
      "  timeouts   answered `timeout`\n"
      "  errors     any other answer, or more than one; there must be none\n"
      "  lost       without an answer within the deadline; there must be none\n"
      "  cpu        cores in use while requests were sent\n"
      "\n"
      "The generator, nats-server and Sluice share the machine. For select "
      "and\n"
      "insert, which cost Sluice little more than they cost the others, 10x "
      "is\n"
      "more than they can send, and what they use is missing to Sluice: see "
      "the\n"
      "column of what was offered. For scan and update it is not. With "
      "--apart\n"
      "they do not take from Sluice, as if they ran on another machine.\n"
      "\n"
      "Options of `sluice serve` may follow after --, as in\n"
      "  sluice-bench overload --kind scan -- --admission-requests-max 1000";

} // namespace

void add_overload(CLI::App& app, overload_options& options,
                  std::vector<std::string>& kinds) {
  app.footer(overload_footer);
  add_common(app, options);
  app.add_option("--kind", kinds, "What is offered; all, if nothing is chosen")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(
          silent(CLI::IsMember({"scan", "update", "select", "insert", hot})))
      ->type_name("scan,update,select,insert,hot");
  app.add_option("--times", options.times, "Loads, as multiples of the peak")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(silent(CLI::Range(0.01, 1000.0)))
      ->type_name("X,X,...")
      ->default_str("1,3,10");
  app.add_option("--rounds", options.rounds,
                 "Times that all is measured; medians are\n"
                 "reported, but sums of counts, and the highest\n"
                 "maxima")
      ->check(silent(CLI::Range(1u, 1000u)))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--in-flight", options.in_flight,
                 "Requests under way while the peak is measured")
      ->check(silent(CLI::Range(1u, most_in_flight)))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--timeout-ms", options.timeout_ms,
                 "The server's limits.timeout_ms_default: how\n"
                 "long a request may take")
      ->check(silent(CLI::Range(1u, 600'000u)))
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--apart", options.is_apart,
               "Keep Sluice to one half of the processors,\n"
               "and nats-server and the load to the other");
  add_program(app, options);
}

void choose_kinds(overload_options& options,
                  const std::vector<std::string>& kinds) {
  const auto has = [&kinds](std::string_view name) {
    return kinds.empty() || std::ranges::find(kinds, name) != kinds.end();
  };
  options.is_hot = has(hot);
  for (const auto which : overload_scenarios)
    if (has(name_of(which)))
      options.kinds.push_back(which);
}

} // namespace sluice::bench
