#include "tests/integration/services/service_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <regex>
#include <utility>
#include <vector>

/// `sluice.users.*`
namespace sluice::tests {

TEST_CASE("a user that was created is found by id and by e-mail address") {
  auto app = service_server{};
  const auto made = app.must("users.create",
                             R"({"name":"Ann","email":" Ann@Example.org "})");
  CHECK(made.at("/user/id") == "1");
  CHECK(made.at("/user/name") == "\"Ann\"");
  CHECK(made.at("/user/email") == "\"Ann@Example.org\"");
  CHECK(made.at("/user/bio") == "null");
  CHECK(made.at("/user/password_hash") == "(none)");
  CHECK(std::regex_match(made.at("/user/created_at"),
                         std::regex{R"("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")"}));
  CHECK_FALSE(made.header("Sluice-Bookmark").empty());
  CHECK(app.must("users.get", R"({"id":1})").body() == made.body());
  CHECK(app.must("users.get", R"({"email":"ann@example.ORG"})").body()
        == made.body());
  CHECK(app.failure_of_request("users.get", R"({"id":7})")
        == "not_found 404: no user with the id 7");
  CHECK(app.failure_of_request("users.get", R"({"email":"bob@example.org"})")
        == "not_found 404: no user with the email 'bob@example.org'");
}

TEST_CASE("an e-mail address is taken in any case of letters") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_user("bob");
  const auto taken = std::string{
      "conflict 409: another user has this e-mail address already"};
  CHECK(app.failure_of_request("users.create",
                               R"({"name":"x","email":"ANN@example.org"})")
        == taken);
  CHECK(app.failure_of_request("users.update",
                               R"({"id":2,"email":"Ann@Example.Org"})")
        == taken);
  // One's own, in other letters.
  app.must("users.update", R"({"id":1,"email":"ANN@example.org"})");
}

TEST_CASE("each wrong field of a request on users is named") {
  auto app = service_server{};
  const auto wrong = std::vector<std::pair<std::string, std::string>>{
      {"users.create", R"({"email":"a@b.de"})"},
      {"users.create", R"({"name":null,"email":"a@b.de"})"},
      {"users.create", R"({"name":7,"email":"a@b.de"})"},
      {"users.create", R"({"name":"","email":"a@b.de"})"},
      {"users.create", R"({"name":" \t","email":"a@b.de"})"},
      {"users.create", R"({"name":"a\u0000b","email":"a@b.de"})"},
      {"users.create",
       R"({"name":")" + std::string(201, 'x') + R"(","email":"a@b.de"})"}};
  for (const auto& [tail, body] : wrong) {
    CAPTURE(body);
    const auto failure = app.failure_of_request(tail, body);
    CHECK(failure.starts_with("bad_request 400: "));
    CHECK(failure.contains("'name'"));
  }
  for (const auto* email :
       {"", "a", "a@b", "@b.de", "a@", "a b@c.de", "a@b..de", "a@-b.de",
        "a@b.de,c@d.de", "a@b@c.de"}) {
    CAPTURE(email);
    const auto failure = app.failure_of_request(
        "users.create",
        R"({"name":"Ann","email":")" + std::string{email} + "\"}");
    CHECK(failure.starts_with("bad_request 400: "));
    CHECK(failure.contains("'email'"));
  }
  for (const auto* id : {"0", "-1", "1.5", "\"1\"", "true", "[1]", "{}",
                         "9223372036854775808", "null"})
    for (const auto* tail : {"users.get", "users.delete", "users.posts"}) {
      CAPTURE(id, tail);
      const auto failure
          = app.failure_of_request(tail, R"({"id":)" + std::string{id} + "}");
      CHECK(failure.starts_with("bad_request 400: "));
      CHECK(failure.contains("'id'"));
    }
  for (const auto* body :
       {R"({"limit":0})", R"({"limit":101})", R"({"limit":"1"})"})
    CHECK(app.failure_of_request("users.list", body).contains("'limit'"));
  CHECK(app.failure_of_request("users.list", R"({"offset":-1})")
            .contains("'offset'"));
  CHECK(app.failure_of_request("users.list", R"({"page":1})")
        == "bad_request 400: unknown field 'page'; known are limit, offset");
  CHECK(app.failure_of_request("users.create",
                               R"({"name":"a","email":"a@b.de","id":5})")
            .contains("unknown field 'id'"));
  CHECK(app.failure_of_request("users.get", "{}")
        == "bad_request 400: exactly one of the fields 'id' and 'email' is "
           "needed");
  CHECK(app.failure_of_request("users.get", R"({"id":1,"email":"a@b.de"})")
            .contains("exactly one of the fields"));
  CHECK(app.failure_of_request("users.get", "[]")
            .starts_with("bad_request 400: "));
  CHECK(app.failure_of_request("users.get", "{")
            .starts_with("bad_request 400: "));
  CHECK(app.failure_of_request("users.rename", "{}")
            .starts_with("not_found 404: nobody serves the subject"));
}

TEST_CASE("users are listed page by page, newest first") {
  auto app = service_server{};
  const auto none = app.must("users.list", "");
  CHECK(none.at("/users") == "[]");
  CHECK(none.at("/total") == "0");
  CHECK(none.at("/has_more") == "false");
  for (auto i = 1; i <= 12; ++i)
    app.add_user("u" + std::to_string(i));
  const auto first = app.must("users.list", "{}");
  CHECK(first.at("/users/0/id") == "12");
  CHECK(first.at("/users/9/id") == "3");
  CHECK(first.at("/users/10/id") == "(none)");
  CHECK(first.at("/total") == "12");
  CHECK(first.at("/limit") == "10");
  CHECK(first.at("/offset") == "0");
  CHECK(first.at("/has_more") == "true");
  const auto last = app.must("users.list", R"({"limit":5,"offset":10})");
  CHECK(last.at("/users/1/id") == "1");
  CHECK(last.at("/has_more") == "false");
  const auto behind
      = app.must("users.list", R"({"offset":9223372036854775807})");
  CHECK(behind.at("/users") == "[]");
  CHECK(behind.at("/has_more") == "false");
}

TEST_CASE("an update leaves alone what it does not name, and null clears") {
  auto app = service_server{};
  app.must(
      "users.create",
      R"({"name":"Ann","email":"a@b.de","bio":"x","avatar_url":"http://y"})");
  const auto named = app.must("users.update", R"({"id":1,"name":"Anna"})");
  CHECK(named.at("/user/name") == "\"Anna\"");
  CHECK(named.at("/user/bio") == "\"x\"");
  CHECK(named.at("/user/email") == "\"a@b.de\"");
  const auto cleared
      = app.must("users.update", R"({"id":1,"bio":null,"avatar_url":""})");
  CHECK(cleared.at("/user/bio") == "null");
  CHECK(cleared.at("/user/avatar_url") == "\"\"");
  for (const auto* body :
       {R"({"id":1,"name":null})", R"({"id":1,"email":null})", R"({"id":1})",
        R"({"name":"x"})"})
    CHECK(app.failure_of_request("users.update", body)
              .starts_with("bad_request 400: "));
  CHECK(app.failure_of_request("users.update", R"({"id":9,"bio":"x"})")
        == "not_found 404: no user with the id 9");
}

TEST_CASE("a deleted user takes the posts along, and the index knows") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_user("bob");
  app.add_post("About rivers");
  app.must("posts.create", R"({"user_id":2,"title":"About rivers, too"})");
  CHECK(app.must("users.delete", R"({"id":1})").body()
        == R"({"success":true,"deleted":true})");
  CHECK(app.failure_of_request("users.delete", R"({"id":1})")
        == "not_found 404: no user with the id 1");
  CHECK(app.failure_of_request("posts.get", R"({"id":1})")
        == "not_found 404: no post with the id 1");
  CHECK(app.must("posts.search",
                 R"({"query":"rivers","include_unpublished":true})")
            .at("/total")
        == "1");
  CHECK(app.must("analytics.users", "").at("/total_users") == "1");
  CHECK(app.must("analytics.posts", "").at("/total_posts") == "1");
  app.run("INSERT INTO posts_search(posts_search) VALUES ('integrity-check')");
  // An id is never given again.
  CHECK(app.must("users.create", R"({"name":"c","email":"c@d.de"})")
            .at("/user/id")
        == "3");
}

TEST_CASE("a user's posts come with the author's name, drafts on demand") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_post("one");
  app.must("posts.create", R"({"user_id":1,"title":"two"})");
  const auto published = app.must("users.posts", R"({"id":1})");
  CHECK(published.at("/total") == "1");
  CHECK(published.at("/posts/0/title") == "\"one\"");
  CHECK(published.at("/posts/0/author_name") == "\"ann\"");
  CHECK(published.at("/posts/0/published") == "true");
  const auto all
      = app.must("users.posts", R"({"id":1,"include_unpublished":true})");
  CHECK(all.at("/total") == "2");
  CHECK(all.at("/posts/0/title") == "\"two\"");
  CHECK(all.at("/posts/0/published") == "false");
  CHECK(app.failure_of_request("users.posts", R"({"id":3})")
        == "not_found 404: no user with the id 3");
  CHECK(app.failure_of_request("users.posts",
                               R"({"id":1,"include_unpublished":1})")
            .contains("'include_unpublished' must be a boolean"));
}

} // namespace sluice::tests
