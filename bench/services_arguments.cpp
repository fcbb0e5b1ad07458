#include "bench/services_arguments.hpp"

#include "bench/arguments.hpp"

namespace sluice::bench {

namespace {

constexpr auto services_footer
    = "What is measured, on a database that is filled first:\n"
      "  users.get, posts.create   requests per second, in turn with the same\n"
      "                            statement through db.query\n"
      "  search, related, …        how long one request takes by itself\n"
      "\n"
      "With --posts 1000000 it takes some minutes to fill it.";

constexpr auto posts_footer
    = "Writes users and posts through the services to a database that is\n"
      "there and has no users. One seed makes the same texts everywhere.\n"
      "\n"
      "Example:\n"
      "  sluice-bench posts --nats-url nats://127.0.0.1:4222 --posts 100000";

void add_size(CLI::App& app, blog_size& size) {
  app.add_option("--users", size.users, "Users that are made")
      ->check(silent(CLI::Range(1u, 1'000'000u)))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--posts", size.posts, "Posts that are made")
      ->check(silent(CLI::Range(20u, 100'000'000u)))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--seed", size.seed, "What the texts are made of")
      ->type_name("N")
      ->capture_default_str();
}

} // namespace

void add_services(CLI::App& app, services_options& options) {
  app.footer(services_footer);
  add_common(app, options);
  add_size(app, options.size);
  app.add_option("--rounds", options.rounds,
                 "Times that all is measured; the medians are\n"
                 "reported")
      ->check(silent(CLI::Range(1u, 1000u)))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--in-flight", options.in_flight,
                 "Requests that are always under way")
      ->check(silent(CLI::Range(1u, most_in_flight)))
      ->type_name("N")
      ->capture_default_str();
  add_program(app, options);
}

void add_posts(CLI::App& app, posts_options& options) {
  app.footer(posts_footer);
  app.add_option("--nats-url", options.nats_url, "Where Sluice is served")
      ->required()
      ->type_name("URL");
  app.add_option("--prefix", options.prefix,
                 "First token of the server's subjects")
      ->type_name("TEXT")
      ->capture_default_str();
  app.add_option("--database", options.database, "Name of the database")
      ->type_name("NAME")
      ->capture_default_str();
  add_size(app, options.size);
}

} // namespace sluice::bench
