#include "actors/service_plan.hpp"
#include "codec/json_writer.hpp"
#include "schema/migration.hpp"
#include "services/related_posts.hpp"
#include "services/service_request.hpp"
#include "services/service_table.hpp"
#include "services/statement_runner.hpp"
#include "storage/connection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// How SQLite serves the statements of the services.
namespace sluice::tests {

namespace {

/// A database with the tables of the services, in memory.
class planned_database {
public:
  planned_database() {
    auto* opened = static_cast<sqlite3*>(nullptr);
    REQUIRE(sqlite3_open(":memory:", &opened) == SQLITE_OK);
    db_.reset(opened);
    for (const auto& each : schema::migrations())
      REQUIRE(sqlite3_exec(opened, std::string{each.sql}.c_str(), nullptr,
                           nullptr, nullptr)
              == SQLITE_OK);
  }

  /// The lines of EXPLAIN QUERY PLAN.
  [[nodiscard]] std::vector<std::string> plan(const std::string& sql) const {
    auto result = std::vector<std::string>{};
    const auto keep = [](void* lines, int, char** values, char**) {
      static_cast<std::vector<std::string>*>(lines)->emplace_back(values[3]);
      return 0;
    };
    const auto done
        = sqlite3_exec(db_.get(), ("EXPLAIN QUERY PLAN " + sql).c_str(), keep,
                       &result, nullptr);
    INFO(sql << ": " << sqlite3_errmsg(db_.get()));
    REQUIRE(done == SQLITE_OK);
    return result;
  }

private:
  storage::connection_handle db_;
};

/// "SCAN posts", also through an index; but "SCAN posts_search" is a search.
bool is_full_scan(const std::string& line) {
  return std::ranges::any_of(
      std::vector<std::string>{"SCAN posts", "SCAN users", "SCAN sessions"},
      [&line](const std::string& scan) {
        return line.starts_with(scan)
               && (line.size() == scan.size() || line[scan.size()] == ' ');
      });
}

void check_plan(const planned_database& database, const std::string& sql) {
  const auto plan = database.plan(sql);
  for (const auto& line : plan) {
    CAPTURE(sql, line);
    CHECK_FALSE(is_full_scan(line));
  }
  // The index of words comes before the rows that it names.
  const auto first = [&plan](std::string_view words) {
    return std::ranges::find_if(plan, [words](const std::string& line) {
      return line.starts_with(words);
    });
  };
  if (sql.contains("MATCH"))
    CHECK(first("SCAN posts_search") < first("SEARCH posts "));
}

/// What the conditional parts of a statement ask for.
std::vector<std::string> conditions_of(std::string_view sql) {
  auto names = std::set<std::string>{};
  for (auto open = sql.find('['); open != std::string_view::npos;
       open = sql.find('[', open + 1)) {
    auto conditions = sql.substr(open + 1, sql.find('?', open) - open - 1);
    while (!conditions.empty()) {
      const auto end = std::min(conditions.find('&'), conditions.size());
      auto name = conditions.substr(0, end);
      conditions.remove_prefix(std::min(end + 1, conditions.size()));
      name.remove_prefix(name.starts_with('!') ? 1 : 0);
      names.emplace(name);
    }
  }
  return {names.begin(), names.end()};
}

/// A request that has those of the fields whose bits are set; nothing where
/// the operation does not take them together.
std::optional<services::service_request>
request_with(const services::operation& operation,
             const std::vector<std::string>& names, std::uint32_t bits) {
  auto result = services::service_request{
      &operation, services::arguments(operation.fields.size())};
  for (auto i = std::size_t{0}; i < names.size(); ++i)
    if ((bits >> i & 1u) != 0) {
      const auto found = std::ranges::find(
          operation.fields, std::string_view{names[i]}, &services::field::name);
      // What an earlier stage makes.
      if (found == operation.fields.end()) {
        result.extra.emplace_back(names[i], std::int64_t{1});
        continue;
      }
      auto& argument = result.arguments[static_cast<std::size_t>(
          found - operation.fields.begin())];
      argument = {.is_present = true, .value = std::int64_t{1}};
    }
  const auto count = std::ranges::count_if(
      operation.one_of,
      [&result](std::string_view name) { return result.has(name); });
  if (!operation.one_of.empty() && count != 1)
    return std::nullopt;
  return result;
}

/// Keeps what a function would have run, and gives it rows to go on with.
class noted_statements : public services::statement_runner {
public:
  codec::result<std::int64_t> run(std::string_view sql,
                                  const codec::named_parameters&,
                                  const row_function& on_row) override {
    texts.emplace(sql);
    auto next = made_row{};
    if (on_row)
      if (auto goes_on = on_row(next); !goes_on)
        return std::unexpected{std::move(goes_on.error())};
    return 1;
  }
  codec::result<services::issued_tokens>
  issue_tokens(const services::token_owner&) override {
    return services::issued_tokens{};
  }
  codec::result<void> keep_and_fail(codec::error) override {
    return {};
  }

  std::set<std::string> texts;

private:
  struct made_row : services::row {
    std::int64_t integer(int) override {
      return 7;
    }
    std::string_view text(int) override {
      return "some words";
    }
    codec::result<void>
    write_object(codec::json_writer& out,
                 const std::function<void(codec::json_writer&)>&) override {
      out.null();
      return {};
    }
  };
};

/// All statements of a function, for a request whose fields have this number,
/// or are not there if it is 0.
void check_function(const planned_database& database,
                    const services::operation& operation,
                    const services::step& step, std::int64_t number) {
  auto request = services::service_request{
      &operation, services::arguments(operation.fields.size())};
  for (auto& each : request.arguments)
    each = {.is_present = number != 0, .value = number};
  if (number != 0)
    for (const auto* made : {"account_id", "password_hash"})
      request.extra.emplace_back(made, number);
  auto noted = noted_statements{};
  auto out = codec::json_writer{};
  out.begin_object();
  REQUIRE(step.function(request, noted, out));
  CHECK_FALSE(noted.texts.empty());
  auto buffer = std::string{};
  for (const auto& sql : noted.texts)
    check_plan(database, std::string{services::sql_for(sql, request, buffer)});
}

} // namespace

TEST_CASE("the lookups of accounts scan nothing", "[services][plans]") {
  const auto database = planned_database{};
  auto lookups = 0;
  for (const auto* service : services::service_table())
    for (const auto& operation : service->operations) {
      const auto sql = operation.authentication.account_sql;
      if (sql.empty())
        continue;
      ++lookups;
      check_plan(database, std::string{sql});
    }
  CHECK(lookups > 0);
  check_plan(database, std::string{actors::session_sql});
}

TEST_CASE("no statement of a service scans users, posts or sessions",
          "[services][plans]") {
  const auto database = planned_database{};
  for (const auto* service : services::service_table())
    for (const auto& operation : service->operations)
      for (const auto& step : operation.steps) {
        if (step.sql.empty())
          continue;
        CAPTURE(service->name, operation.name);
        const auto names = conditions_of(step.sql);
        for (auto bits = 0u; bits < 1u << names.size(); ++bits) {
          const auto request = request_with(operation, names, bits);
          if (!request)
            continue;
          auto buffer = std::string{};
          check_plan(database, std::string{services::sql_for(step.sql, *request,
                                                             buffer)});
        }
      }
}

TEST_CASE("no statement of a function scans users, posts or sessions",
          "[services][plans]") {
  const auto database = planned_database{};
  auto functions = 0;
  for (const auto* service : services::service_table())
    for (const auto& operation : service->operations)
      for (const auto& step : operation.steps) {
        if (step.function == nullptr)
          continue;
        ++functions;
        // Fields that are there; that are true, where they are flags; that are
        // not there.
        for (const auto number : {5, 1, 0})
          check_function(database, operation, step, number);
      }
  CHECK(functions > 0);
}

TEST_CASE("a full scan would be found", "[services][plans]") {
  const auto database = planned_database{};
  for (const auto* sql :
       {"SELECT * FROM posts WHERE title = 'x'", "SELECT count(*) FROM posts",
        "SELECT name FROM users ORDER BY name",
        "SELECT user_id, count(*) FROM posts GROUP BY user_id"})
    CHECK(std::ranges::any_of(database.plan(sql), is_full_scan));
}

} // namespace sluice::tests
