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
      ann, "me.update",
      R"({"name":"Ann B.","bio":"writes","avatar_url":"https://a.example/x.png"})");
  CHECK(changed.at("/user/name") == "\"Ann B.\"");
  CHECK(changed.at("/user/bio") == "\"writes\"");
  CHECK(app.must_as(ann, "me.update", R"({"bio":null})").at("/user/bio")
        == "null");
  CHECK(app.must_as(ann, "me.get").at("/user/avatar_url")
        == "\"https://a.example/x.png\"");
  CHECK(app.failure_as(ann, "me.update",
                       R"({"email":"BOB@example.org",)"
                       R"("password":"password of ann"})")
        == "conflict 409: another user has this e-mail address already");
  for (const auto* wrong :
       {"{}", R"({"name":null})", R"({"name":""})", R"({"email":"x"})",
        R"({"email":"new@example.org"})", R"({"avatar_url":"javascript:x"})",
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
           {"me.delete", "{}"},
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

TEST_CASE("another e-mail address and the end of an account ask for the "
          "password") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  CHECK(app.failure_as(ann, "me.update", R"({"email":"a@example.org"})")
        == "bad_request 400: the field 'password' is missing: another e-mail "
           "address needs the present password");
  CHECK(app.failure_as(ann, "me.update",
                       R"({"email":"a@example.org","password":"a guess"})")
        == "unauthenticated 401: wrong password");
  CHECK(app.failure_as(ann, "me.delete", "{}").contains("'password'"));
  CHECK(app.failure_as(ann, "me.delete", R"({"password":"a guess"})")
        == "unauthenticated 401: wrong password");
  CHECK(app.must_as(ann, "me.get").at("/user/email") == "\"ann@example.org\"");
  // Whatever else is changed needs none, and one that comes along is not
  // looked at.
  app.must_as(ann, "me.update", R"({"name":"Anna"})");
  app.must_as(ann, "me.update", R"({"bio":"x","password":"a guess"})");
  const auto changed = app.must_as(
      ann, "me.update",
      R"({"email":"a@example.org","password":"password of ann"})");
  CHECK(changed.at("/user/email") == "\"a@example.org\"");
  CHECK_FALSE(changed.body().contains("password"));
  app.must("auth.login", credentials("a@example.org", "password of ann"));
  CHECK(app.failure_of_request(
            "auth.login", credentials("ann@example.org", "password of ann"))
        == wrong_login);
}

TEST_CASE("a stolen token is no way to try passwords by changing an address") {
  auto app = account_server{
      {"--auth-failures-max", "3", "--auth-delay-ms-max", "0"}};
  const auto ann = app.add_account("ann");
  for (const auto& [tail, body] :
       std::vector<std::pair<std::string, std::string>>{
           {"me.update", R"({"email":"e@example.org","password":"a guess"})"},
           {"me.delete", R"({"password":"a guess"})"},
           {"auth.change_password",
            R"({"old_password":"a guess","new_password":"another one"})"}})
    CHECK(app.failure_as(ann.token, tail, body)
          == "unauthenticated 401: wrong password");
  CHECK(app.failure_as(ann.token, "me.delete",
                       R"({"password":"password of ann"})")
            .starts_with("overloaded"));
  // Nor does it keep the owner out.
  static_cast<void>(app.log_in("ann"));
}

TEST_CASE("the address of a picture is one of the web") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  for (const auto* wrong :
       {"javascript:alert(1)", "data:image/png;base64,AAAA", "//x/y", "x",
        "http://", "ftp://x", " https://x", "https://x y"}) {
    CAPTURE(wrong);
    const auto url = "{\"avatar_url\":\"" + std::string{wrong} + "\"}";
    const auto refusal = app.failure_as(ann, "me.update", url);
    CHECK(refusal
          == "bad_request 400: the field 'avatar_url' must be a URL that "
             "begins with http:// or https://, without blanks");
  }
  app.must_as(ann, "me.update", R"({"avatar_url":"HTTPS://example.org/a"})");
}

TEST_CASE("an account that is deleted takes its posts along") {
  auto app = account_server{};
  const auto ann = app.add_account("ann").token;
  app.add_account("bob");
  app.must_as(ann, "me.posts.create", R"({"title":"x"})");
  CHECK(app.must_as(ann, "me.delete", R"({"password":"password of ann"})")
            .at("/deleted")
        == "true");
  CHECK(app.must("users.list", "{}").at("/total") == "1");
  CHECK(app.must("posts.list", "{}").at("/total") == "0");
  CHECK(app.failure_of_request(
            "auth.login", credentials("ann@example.org", "password of ann"))
        == wrong_login);
}

} // namespace sluice::tests
