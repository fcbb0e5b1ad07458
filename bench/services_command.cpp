#include "bench/services_command.hpp"

#include "bench/blog_text.hpp"
#include "bench/json_writer.hpp"
#include "bench/load.hpp"
#include "bench/median.hpp"
#include "bench/served_sluice.hpp"
#include "bench/table.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto warm_up = 200ms;
constexpr auto timed_runs = 5u;
constexpr auto good_reply = R"({"success":true)";

/// A request of a service, and the same statement sent as SQL.
struct pair_of_loads {
  std::string name;
  std::string subject;
  std::string body;
  std::string sql_body;
};

std::vector<pair_of_loads> loads() {
  const auto content = std::string(200, 'x');
  return {
      {"users.get", "users.get", R"({"id":)",
       R"({"sql":"SELECT id, name, email, bio, avatar_url, created_at, )"
       R"(updated_at FROM users WHERE id = ?","params":[)"},
      {"posts.create", "posts.create",
       R"({"title":"A post of the benchmark","published":true,"content":")"
           + content + R"(","user_id":)",
       R"({"sql":"INSERT INTO posts(user_id, category_id, title, content, )"
       R"(published, created_at, updated_at) SELECT id, ?, ?, ?, ?, ?, ? )"
       R"(FROM users WHERE id = ? RETURNING id, user_id, category_id, title, )"
       R"(content, published, created_at, updated_at","params":[null,)"
       R"("A post of the benchmark",")"
           + content
           + R"(",true,"2026-11-25T08:00:00Z","2026-11-25T08:00:00Z",)"}};
}

/// Both halves of a pair in one round.
struct rates {
  std::string name;
  double service = 0;
  double query = 0;
  std::uint64_t errors = 0;
  std::string first_error = {};
};

/// One request that is timed by itself.
struct timing {
  std::string name;
  double median_ms = 0;
  double longest_ms = 0;
  std::string total;
};

struct services_run {
  explicit services_run(const services_options& options_in)
      : options{options_in} {
    // nop
  }

  result<void> prepare();
  result<rates> measure(const pair_of_loads& pair, std::uint32_t round);
  result<std::vector<timing>> time_reads();
  result<timing> time(const std::string& name, const std::string& tail,
                      const std::vector<std::string>& bodies);

  const services_options& options;
  std::string url = {};
  std::unique_ptr<served_sluice> server = {};
  std::unique_ptr<blog_database> database = {};

private:
  result<double> rate(const std::string& subject, request_text text,
                      rates& into);
};

result<void> services_run::prepare() {
  auto started = served_sluice::start({.program = options.program,
                                       .durability = options.durability,
                                       .folder = options.folder,
                                       .options = options.serve_options});
  if (!started)
    return fail(started.error());
  url = started->nats_url();
  server = std::make_unique<served_sluice>(std::move(*started));
  auto opened = blog_database::open(url, "sluice", "app");
  if (!opened)
    return fail(opened.error());
  database = std::make_unique<blog_database>(std::move(*opened));
  if (const auto made = database->call("databases.create", R"({"name":"app"})");
      !made)
    return fail(made.error());
  return database->fill(options.size);
}

result<double> services_run::rate(const std::string& subject, request_text text,
                                  rates& into) {
  const auto duration = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>{options.seconds});
  auto loaded = run_load({.url = url,
                          .subjects = {"sluice." + subject},
                          .text = std::move(text),
                          .good_reply = good_reply,
                          .in_flight = options.in_flight,
                          .send_asap = options.in_flight <= 8,
                          .warm_up = warm_up,
                          .duration = duration});
  if (!loaded)
    return fail(loaded.error());
  if (into.errors == 0)
    into.first_error = loaded->first_error;
  into.errors += loaded->errors;
  return static_cast<double>(loaded->latencies.count()) / options.seconds;
}

result<rates> services_run::measure(const pair_of_loads& pair,
                                    std::uint32_t round) {
  auto result = rates{.name = pair.name};
  const auto users = options.size.users;
  const auto service = [this, &pair, users, round, &result] {
    return rate(pair.subject, {pair.body, users, "}", round}, result);
  };
  const auto query = [this, &pair, users, round, &result] {
    return rate("db.app.query", {pair.sql_body, users, "]}", round}, result);
  };
  // Who comes first changes with the rounds: the second finds more rows.
  auto first = round % 2 == 1 ? service() : query();
  auto second = round % 2 == 1 ? query() : service();
  if (!first || !second)
    return fail(!first ? first.error() : second.error());
  result.service = round % 2 == 1 ? *first : *second;
  result.query = round % 2 == 1 ? *second : *first;
  return result;
}

result<timing> services_run::time(const std::string& name,
                                  const std::string& tail,
                                  const std::vector<std::string>& bodies) {
  auto taken = std::vector<double>{};
  auto total = std::string{"-"};
  for (auto run = 0u; run < timed_runs; ++run)
    for (const auto& body : bodies) {
      const auto begun = clock::now();
      const auto reply = database->call(tail, body);
      if (!reply)
        return fail(reply.error());
      taken.push_back(
          std::chrono::duration<double, std::milli>(clock::now() - begun)
              .count());
      constexpr auto key = std::string_view{R"("total":)"};
      if (const auto at = reply->rfind(key); at != std::string::npos) {
        const auto digits = reply->substr(at + key.size());
        total = digits.substr(0, digits.find(','));
      }
    }
  std::ranges::sort(taken);
  return timing{name, taken[taken.size() / 2], taken.back(), total};
}

result<std::vector<timing>> services_run::time_reads() {
  const auto search = [](const std::string& query) {
    return std::vector<std::string>{R"({"query":")" + query + "\"}"};
  };
  auto related = std::vector<std::string>{};
  for (auto i = 1u; i <= 20; ++i)
    related.push_back(R"({"id":)"
                      + std::to_string(i * (options.size.posts / 20)) + "}");
  struct kind {
    std::string name;
    std::string tail;
    std::vector<std::string> bodies;
  };
  const auto kinds = std::vector<kind>{
      {"search: rare word", "posts.search", search(word_of(20'000))},
      {"search: word of rank 1000", "posts.search", search(word_of(1'000))},
      {"search: word of rank 100", "posts.search", search(word_of(100))},
      {"search: most frequent word", "posts.search", search(word_of(0))},
      {"search: two words", "posts.search",
       search(word_of(100) + " " + word_of(300))},
      {"search: phrase", "posts.search",
       search("\\\"" + word_of(1) + " " + word_of(2) + "\\\"")},
      {"search: beginning", "posts.search",
       search(word_of(20'000).substr(0, 4) + "*")},
      {"related", "posts.related", related},
      {"analytics.trends", "analytics.trends", {R"({"days":365})"}},
      {"analytics.top_authors", "analytics.top_authors", {R"({"limit":100})"}},
      {"posts.list, at its begin", "posts.list", {"{}"}},
      {"posts.list, far behind",
       "posts.list",
       {R"({"offset":)" + std::to_string(options.size.posts / 2) + "}"}}};
  auto result = std::vector<timing>{};
  for (const auto& [name, tail, bodies] : kinds) {
    auto timed = time(name, tail, bodies);
    if (!timed)
      return fail(timed.error());
    result.push_back(std::move(*timed));
  }
  return result;
}

/// One pair: the medians of its rounds, and each of them.
struct pair_figures {
  rates medians;
  std::vector<rates> rounds;
};

pair_figures summarise(std::vector<rates> rounds) {
  auto medians = rates{.name = rounds.front().name,
                       .service = median_of(rounds, &rates::service),
                       .query = median_of(rounds, &rates::query)};
  for (const auto& each : rounds) {
    medians.errors += each.errors;
    if (!each.first_error.empty())
      medians.first_error = each.first_error;
  }
  return {.medians = std::move(medians), .rounds = std::move(rounds)};
}

std::string text_report(const std::vector<pair_figures>& pairs,
                        const std::vector<timing>& timings) {
  auto rows = std::vector<std::vector<std::string>>{
      {"request", "per second", "as db.query", "share", "errors"}};
  for (const auto& [each, rounds] : pairs)
    rows.push_back({each.name, figure_words(each.service),
                    figure_words(each.query),
                    fmt::format("{:.2f}", each.service / each.query),
                    std::to_string(each.errors)});
  auto reads = std::vector<std::vector<std::string>>{
      {"read", "median ms", "longest ms", "found"}};
  for (const auto& each : timings)
    reads.push_back({each.name, fmt::format("{:.2f}", each.median_ms),
                     fmt::format("{:.2f}", each.longest_ms), each.total});
  return aligned(rows, 1) + "\n" + aligned(reads, 1);
}

void put_rates(json_writer& out, const rates& of) {
  put(out, "service_per_second", of.service);
  put(out, "query_per_second", of.query);
  put(out, "errors", of.errors);
  put(out, "first_error", of.first_error);
}

std::string json_report(const std::vector<pair_figures>& pairs,
                        const std::vector<timing>& timings) {
  auto buffer = rapidjson::StringBuffer{};
  auto out = json_writer{buffer};
  out.StartObject();
  out.Key("pairs");
  out.StartArray();
  for (const auto& [medians, rounds] : pairs) {
    out.StartObject();
    put(out, "name", medians.name);
    put_rates(out, medians);
    out.Key("rounds");
    out.StartArray();
    for (const auto& round : rounds) {
      out.StartObject();
      put_rates(out, round);
      out.EndObject();
    }
    out.EndArray();
    out.EndObject();
  }
  out.EndArray();
  out.Key("reads");
  out.StartArray();
  for (const auto& each : timings) {
    out.StartObject();
    put(out, "name", each.name);
    put(out, "median_ms", each.median_ms);
    put(out, "longest_ms", each.longest_ms);
    put(out, "found", each.total);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return std::string{buffer.GetString()} + "\n";
}

} // namespace

result<exit_code> run(const services_options& options) {
  auto progress = services_run{options};
  if (const auto prepared = progress.prepare(); !prepared)
    return fail(prepared.error());
  // Before the table grows.
  const auto timings = progress.time_reads();
  if (!timings)
    return fail(timings.error());
  auto pairs = std::vector<pair_figures>{};
  auto errors = std::uint64_t{0};
  for (const auto& pair : loads()) {
    auto rounds = std::vector<rates>{};
    for (auto round = 1u; round <= options.rounds; ++round) {
      auto measured = progress.measure(pair, round);
      if (!measured)
        return fail(measured.error());
      rounds.push_back(std::move(*measured));
    }
    pairs.push_back(summarise(std::move(rounds)));
    const auto& medians = pairs.back().medians;
    errors += medians.errors;
    if (medians.errors > 0)
      static_cast<void>(std::fprintf(stderr, "%s: %s\n", medians.name.c_str(),
                                     medians.first_error.c_str()));
  }
  const auto text = options.is_json ? json_report(pairs, *timings)
                                    : text_report(pairs, *timings);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail("cannot write the report");
  return errors > 0 ? exit_code::errors : exit_code::ok;
}

} // namespace sluice::bench
