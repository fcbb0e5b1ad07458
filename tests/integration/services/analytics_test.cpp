#include "tests/integration/services/service_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice.analytics.*`
namespace sluice::tests {

namespace {

std::uint64_t counted(service_server& app, const std::string& name) {
  return std::stoull(app.ask("stats", "").at("/" + name));
}

} // namespace

TEST_CASE("analytics of nothing are zeros") {
  auto app = service_server{};
  CHECK(app.must("analytics.users", "").body()
        == R"({"success":true,"total_users":0,"users_last_30_days":0,)"
           R"("users_last_7_days":0,"avg_posts_per_user":0.0})");
  CHECK(app.must("analytics.posts", "").body()
        == R"({"success":true,"total_posts":0,"published_posts":0,)"
           R"("draft_posts":0,"posts_last_30_days":0,)"
           R"("avg_content_length":0.0})");
  CHECK(app.must("analytics.top_authors", "").at("/authors") == "[]");
  CHECK(app.must("analytics.trends", "").at("/trends") == "[]");
}

TEST_CASE("analytics count what clients' own SQL does, too") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_user("bob");
  app.add_post("one", "12345");
  app.must("posts.create", R"({"user_id":1,"title":"two","content":"123"})");
  app.run("INSERT INTO posts(user_id, title, published, created_at) VALUES (2, "
          "'old', 1, strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-40 days')), (2, "
          "'new', 0, strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-3 days'))");
  app.run("UPDATE users SET created_at = '2020-01-01T00:00:00Z' WHERE id = 2");
  const auto posts = app.must("analytics.posts", "");
  CHECK(posts.at("/total_posts") == "4");
  CHECK(posts.at("/published_posts") == "2");
  CHECK(posts.at("/draft_posts") == "2");
  CHECK(posts.at("/posts_last_30_days") == "3");
  CHECK(posts.at("/avg_content_length") == "2.0");
  const auto users = app.must("analytics.users", "");
  CHECK(users.at("/total_users") == "2");
  CHECK(users.at("/users_last_30_days") == "1");
  CHECK(users.at("/users_last_7_days") == "1");
  CHECK(users.at("/avg_posts_per_user") == "2.0");
  const auto authors = app.must("analytics.top_authors", R"({"limit":1})");
  CHECK(authors.at("/authors/0/name") == "\"ann\"");
  CHECK(authors.at("/authors/0/email") == "\"ann@example.org\"");
  CHECK(authors.at("/authors/0/post_count") == "2");
  CHECK(authors.at("/authors/0/published_count") == "1");
  CHECK(authors.at("/authors/0/avg_content_length") == "4.0");
  CHECK(authors.at("/authors/1") == "(none)");
  const auto trends = app.must("analytics.trends", R"({"days":7})");
  CHECK(trends.at("/trends/0/posts_created") == "2");
  CHECK(trends.at("/trends/0/posts_published") == "1");
  CHECK(trends.at("/trends/0/avg_content_length") == "4.0");
  CHECK(trends.at("/trends/1/posts_created") == "1");
  CHECK(trends.at("/trends/2") == "(none)");
  CHECK(app.must("analytics.trends", R"({"days":60})").at("/trends/2")
        != "(none)");
  for (const auto* body : {R"({"days":0})", R"({"days":367})", R"({"day":1})"})
    CHECK(app.failure_of_request("analytics.trends", body).contains("'day"));
  CHECK(app.failure_of_request("analytics.users", R"({"x":1})")
        == "bad_request 400: unknown field 'x'; the request has none");
  CHECK(app.failure_of_request("analytics.top_authors", R"({"limit":101})")
            .contains("'limit'"));
}

TEST_CASE("an answer of analytics is given again until something changes") {
  // Longer than the test may take.
  auto app = service_server{{"--services-cache-ms-max", "600000"}};
  app.add_user("ann");
  const auto first = app.must("analytics.users", "");
  const auto misses = counted(app, "result_cache_misses");
  const auto again = app.must("analytics.users", "");
  CHECK(again.body() == first.body());
  CHECK(again.header("Sluice-Bookmark") == first.header("Sluice-Bookmark"));
  CHECK(counted(app, "result_cache_hits") == 1);
  CHECK(counted(app, "result_cache_misses") == misses);
  // Other arguments, another answer.
  app.must("analytics.trends", R"({"days":1})");
  app.must("analytics.trends", R"({"days":2})");
  CHECK(counted(app, "result_cache_hits") == 1);
  // What was acknowledged is seen by all that come after it.
  for (auto i = 2; i < 30; ++i) {
    app.add_user("u" + std::to_string(i));
    CHECK(app.must("analytics.users", "").at("/total_users")
          == std::to_string(i));
  }
  CHECK(counted(app, "result_cache_hits") == 1);
}

TEST_CASE("an answer that depends on the time is not given again for ever") {
  auto app = service_server{{"--services-cache-ms-max", "0"}};
  app.add_user("ann");
  for (auto i = 0; i < 3; ++i) {
    app.must("analytics.users", "");
    app.must("analytics.top_authors", "");
  }
  // Only that which does not.
  CHECK(counted(app, "result_cache_hits") == 2);
}

} // namespace sluice::tests
