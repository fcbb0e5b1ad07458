#include "services/endpoint.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string>

namespace sluice::services {

namespace {

struct row {
  std::string_view tail;
  endpoint_id id;
  std::string_view database;
};

constexpr auto served = std::array{
    row{"db.app.query", endpoint_id::db_query, "app"},
    row{"db.my-db_2.exec", endpoint_id::db_exec, "my-db_2"},
    // The name is looked at later, so that the reply can say what is wrong.
    row{"db.NOT A NAME.query", endpoint_id::db_query, "NOT A NAME"},
    row{"db.app.migrations.apply", endpoint_id::db_migrations_apply, "app"},
    row{"db.app.migrations.list", endpoint_id::db_migrations_list, "app"},
    row{"databases.create", endpoint_id::databases_create, ""},
    row{"databases.get", endpoint_id::databases_get, ""},
    row{"databases.list", endpoint_id::databases_list, ""},
    row{"databases.delete", endpoint_id::databases_delete, ""},
    row{"health", endpoint_id::health, ""},
    row{"stats", endpoint_id::stats, ""},
};

/// Whether a NATS subject with wildcards takes in another.
bool covers(std::string_view subscription, std::string_view subject) {
  if (subscription.ends_with(".>"))
    return subject.starts_with(subscription.substr(0, subscription.size() - 1));
  return subscription == subject;
}

} // namespace

TEST_CASE("each subject of the protocol has its endpoint",
          "[services][endpoint]") {
  for (const auto& [tail, id, database] : served) {
    CAPTURE(tail);
    const auto found = resolve(tail).value_or(target{});
    CHECK(found.id == id);
    CHECK(found.database == database);
  }
}

TEST_CASE("a subject that nothing serves has no endpoint",
          "[services][endpoint]") {
  for (const auto* tail : {"",
                           "db",
                           "db.app",
                           "db.app.",
                           "db.app.drop",
                           "db.app.query.more",
                           "db.app.x.query",
                           "databases",
                           "databases.rename",
                           "databases.get.x",
                           "health.x",
                           "healthy",
                           "HEALTH",
                           "Db.app.query",
                           "query",
                           "*",
                           ">",
                           "health.",
                           "db..query",
                           "db.app.query.",
                           ".health"}) {
    CAPTURE(tail);
    CHECK_FALSE(resolve(tail));
  }
}

TEST_CASE("the table of endpoints is in the order of the ids",
          "[services][endpoint]") {
  REQUIRE(endpoints().size() == endpoints().size());
  for (auto i = std::size_t{0}; i < endpoints().size(); ++i)
    CHECK(static_cast<std::size_t>(endpoints()[i].id) == i);
}

TEST_CASE("the names of endpoints are valid and different",
          "[services][endpoint]") {
  auto names = std::set<std::string_view>{};
  for (const auto& each : endpoints()) {
    CAPTURE(each.name);
    // NATS ADR-32.
    CHECK_FALSE(each.name.empty());
    CHECK(std::ranges::all_of(each.name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
             || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }));
    CHECK_FALSE(each.description.empty());
    names.insert(each.name);
  }
  CHECK(names.size() == endpoints().size());
}

TEST_CASE("each endpoint is subscribed to once", "[services][endpoint]") {
  for (const auto& [tail, id, database] : served) {
    CAPTURE(tail);
    auto covering = 0;
    for (const auto subscription : subscriptions())
      covering += covers(subscription, tail) ? 1 : 0;
    CHECK(covering == 1);
  }
}

TEST_CASE("a name of a database is what the protocol says",
          "[services][endpoint]") {
  for (const auto* name : {"a", "0", "app", "my-db", "my_db", "9-_", "a-"}) {
    CAPTURE(name);
    CHECK(is_database_name(name));
  }
  CHECK(is_database_name(std::string(63, 'a')));
}

TEST_CASE("anything else is no name of a database", "[services][endpoint]") {
  for (const auto* name : {"", "-a", "_a", "App", "a.b", "a b", "a/b", "..",
                           "a*", "a>", "a\n", "\xc3\xa4"}) {
    CAPTURE(name);
    CHECK_FALSE(is_database_name(name));
  }
  CHECK_FALSE(is_database_name(std::string(64, 'a')));
  CHECK_FALSE(is_database_name(std::string_view{"a\0", 2}));
}

} // namespace sluice::services
