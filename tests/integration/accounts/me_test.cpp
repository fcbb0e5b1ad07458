#include "tests/integration/accounts/account_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <utility>
#include <vector>

/// `me.*`: the caller's own account and posts.
namespace sluice::tests {

TEST_CASE("an account is read and changed by its owner") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  app.add_account("bob");
  CHECK(app.must_as(ann, "me.get").body()
        == app.must("users.get", R"({"id":1})").body());
  const auto changed = app.must_as(
      ann, "me.update", R"({"name":"Ann B.","bio":"writes","avatar_url":"x"})");
  CHECK(changed.at("/user/name") == "\"Ann B.\"");
  CHECK(changed.at("/user/bio") == "\"writes\"");
  CHECK(app.must_as(ann, "me.update", R"({"bio":null})").at("/user/bio")
        == "null");
  CHECK(app.must_as(ann, "me.get").at("/user/avatar_url") == "\"x\"");
  CHECK(app.failure_as(ann, "me.update", R"({"email":"BOB@example.org"})")
        == "conflict 409: another user has this e-mail address already");
  for (const auto* wrong :
       {"{}", R"({"name":null})", R"({"name":""})", R"({"email":"x"})",
        R"({"id":2,"name":"x"})", R"({"password":"12345678"})",
        R"({"password_hash":"x"})", R"({"user_id":2,"name":"x"})"}) {
    CAPTURE(wrong);
    CHECK(app.failure_as(ann, "me.update", wrong).starts_with("bad_request"));
  }
  CHECK(app.must("users.get", R"({"id":2})").at("/user/name") == "\"bob\"");
}

TEST_CASE("posts are written by their author alone") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  const auto bob = app.add_account("bob").token;
  const auto made = app.must_as(ann, "me.posts.create",
                                R"({"title":"Rivers","content":"They flow"})");
  CHECK(made.at("/post/id") == "1");
  CHECK(made.at("/post/user_id") == "1");
  CHECK(made.at("/post/published") == "false");
  const auto update = std::string{R"({"id":1,"title":"Lakes"})"};
  CHECK(app.must_as(ann, "me.posts.update", update).at("/post/title")
        == "\"Lakes\"");
  CHECK(
      app.must_as(ann, "me.posts.publish", R"({"id":1})").at("/post/published")
      == "true");
  // For another one it is not there, and it stays as it is.
  for (const auto& [tail, body] :
       std::vector<std::pair<std::string, std::string>>{
           {"me.posts.update", update},
           {"me.posts.publish", R"({"id":1})"},
           {"me.posts.delete", R"({"id":1})"}}) {
    CAPTURE(tail);
    CHECK(app.failure_as(bob, tail, body)
          == "not_found 404: no post with the id 1");
  }
  CHECK(app.must("posts.get", R"({"id":1})").at("/post/title") == "\"Lakes\"");
  CHECK(app.must_as(ann, "me.posts.delete", R"({"id":1})").at("/deleted")
        == "true");
  CHECK(app.failure_as(ann, "me.posts.delete", R"({"id":1})")
            .starts_with("not_found"));
}

TEST_CASE("each wrong field of an own post is named") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  app.must_as(ann, "me.posts.create", R"({"title":"x"})");
  for (const auto& [tail, body] :
       std::vector<std::pair<std::string, std::string>>{
           {"me.posts.create", "{}"},
           {"me.posts.create", R"({"title":""})"},
           {"me.posts.create", R"({"title":7})"},
           {"me.posts.create", R"({"title":"x","user_id":2})"},
           {"me.posts.create", R"({"title":"x","published":1})"},
           {"me.posts.update", R"({"id":1})"},
           {"me.posts.update", R"({"id":0,"title":"x"})"},
           {"me.posts.update", R"({"id":1,"user_id":2})"},
           {"me.posts.publish", "{}"},
           {"me.posts.delete", R"({"id":"1"})"},
           {"me.posts.list", R"({"limit":101})"},
           {"me.posts.list", R"({"user_id":2})"},
           {"me.get", R"({"id":2})"},
           {"me.delete", R"({"id":2})"}}) {
    CAPTURE(tail, body);
    CHECK(app.failure_as(ann, tail, body).starts_with("bad_request"));
  }
  CHECK(
      app.failure_as(ann, "me.posts.create", R"({"title":"x","category_id":9})")
      == "not_found 404: no category with the id 9");
}

TEST_CASE("an author's list holds their drafts, and no others' posts") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  const auto bob = app.add_account("bob").token;
  app.must("categories.create", R"({"name":"water"})");
  for (auto i = 0; i < 5; ++i)
    app.must_as(ann, "me.posts.create",
                i % 2 == 0 ? R"({"title":"a","published":true})"
                           : R"({"title":"b","category_id":1})");
  app.must_as(bob, "me.posts.create", R"({"title":"c","category_id":1})");
  const auto total = [&](const char* body) {
    const auto got = app.must_as(ann, "me.posts.list", body);
    CHECK_FALSE(got.body().contains("\"user_id\":2"));
    return got.at("/total");
  };
  CHECK(total("{}") == "5");
  CHECK(total(R"({"published":true})") == "3");
  CHECK(total(R"({"published":false})") == "2");
  CHECK(total(R"({"category_id":1})") == "2");
  CHECK(total(R"({"category_id":1,"published":true})") == "0");
  const auto page
      = app.must_as(ann, "me.posts.list", R"({"limit":2,"offset":2})");
  CHECK(page.at("/posts/0/id") == "3");
  CHECK(page.at("/posts/1/id") == "2");
  CHECK(page.at("/has_more") == "true");
}

TEST_CASE("an account that is deleted takes its posts along") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  app.add_account("bob");
  app.must_as(ann, "me.posts.create", R"({"title":"x"})");
  CHECK(app.must_as(ann, "me.delete").at("/deleted") == "true");
  CHECK(app.must("users.list", "{}").at("/total") == "1");
  CHECK(app.must("posts.list", "{}").at("/total") == "0");
  CHECK(app.failure_of_request(
            "auth.login", credentials("ann@example.org", "password of ann"))
        == wrong_login);
}

} // namespace sluice::tests
