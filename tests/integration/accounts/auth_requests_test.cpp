#include "tests/integration/accounts/account_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

/// What `auth.*` takes and gives.
namespace sluice::tests {

TEST_CASE("an account that was registered can log in, in any case of letters") {
  auto app = account_server{};
  const auto made = app.must("auth.register",
                             R"({"name":"Ann","email":" Ann@Example.org ",)"
                             R"("password":"correct horse"})");
  CHECK(made.at("/user/id") == "1");
  CHECK(made.at("/user/email") == "\"Ann@Example.org\"");
  CHECK(made.at("/expires_in") == "900");
  CHECK(made.at("/user/password_hash") == "(none)");
  const auto again
      = app.must("auth.login", credentials("ANN@example.ORG", "correct horse"));
  CHECK(again.at("/user") == made.at("/user"));
  CHECK(again.at("/token") != made.at("/token"));
  CHECK(app.must_as(login_of(made).token, "me.get").at("/user/id") == "1");
  CHECK(app.must_as(login_of(again).token, "me.get").at("/user/id") == "1");
  CHECK(app.results("SELECT password_hash GLOB "
                    "'$argon2id$v=19$m=8192,t=1,p=1$*' AS ok FROM users")
        == R"([{"ok":1}])");
}

TEST_CASE("a wrong password and an unknown address are told apart by nothing") {
  auto app = account_server{};
  app.add_account("ann");
  app.must("users.create", R"({"name":"b","email":"nopassword@example.org"})");
  for (const auto* email :
       {"ann@example.org", "nobody@example.org", "nopassword@example.org"})
    CHECK(app.failure_of_request("auth.login",
                                 credentials(email, "not the password"))
          == wrong_login);
}

TEST_CASE("each wrong field of auth is named") {
  auto app = account_server{};
  const auto token = app.add_account("ann").token;
  const auto wrong = std::vector<std::pair<std::string, std::string>>{
      {"auth.register", R"({"email":"a@b.de","password":"12345678"})"},
      {"auth.register", R"({"name":"x","password":"12345678"})"},
      {"auth.register", R"({"name":"x","email":"a@b.de"})"},
      {"auth.register", R"({"name":"x","email":"a","password":"12345678"})"},
      {"auth.register",
       R"({"name":"x","email":"a@b.de","password":"1234567"})"},
      {"auth.register", R"({"name":"x","email":"a@b.de","password":12345678})"},
      {"auth.register", R"({"name":"x","email":"a@b.de","password":")"
                            + std::string(1'025, 'p') + R"("})"},
      {"auth.register",
       R"({"name":"x","email":"a@b.de","password":"12345678","bio":"x"})"},
      {"auth.login", R"({"email":"a@b.de"})"},
      {"auth.login", R"({"password":"12345678"})"},
      {"auth.login", R"({"email":["a@b.de"],"password":"12345678"})"},
      {"auth.refresh", "{}"},
      {"auth.refresh", R"({"refresh_token":7})"},
      {"auth.verify", "{}"},
      {"auth.verify", R"({"token":null})"},
      {"auth.change_password", R"({"old_password":"password of ann"})"},
      {"auth.change_password", R"({"new_password":"password of ann"})"},
      {"auth.change_password",
       R"({"old_password":"password of ann","new_password":"short"})"},
      {"auth.logout", R"({"everywhere":"yes"})"},
      {"auth.logout", R"({"all":true})"},
      {"auth.login", "[]"},
      {"auth.login", "{"}};
  for (const auto& [tail, body] : wrong) {
    CAPTURE(tail, body);
    const auto got = app.ask_as(token, tail, body);
    CHECK(got.code() == "bad_request");
    // Nothing of a password is repeated.
    CHECK_FALSE(got.body().contains("1234567"));
    CHECK_FALSE(got.body().contains("password of"));
    CHECK_FALSE(got.body().contains("pppp"));
  }
  CHECK(app.failure_of_request(
               "auth.register",
               R"({"name":"x","email":"a@b.de","password":"1234567"})")
            .contains("'password'"));
}

TEST_CASE("an address that is taken is a conflict, and makes no account") {
  auto app = account_server{};
  app.add_account("ann");
  CHECK(app.failure_of_request("auth.register",
                               R"({"name":"x","email":"ANN@example.org",)"
                               R"("password":"password of eve"})")
        == "conflict 409: another user has this e-mail address already");
  CHECK(app.must("users.list", "{}").at("/total") == "1");
  static_cast<void>(app.log_in("ann"));
}

TEST_CASE("a trusted caller creates users with a password") {
  auto app = account_server{};
  const auto made
      = app.must("users.create", R"({"name":"Ann","email":"ann@example.org",)"
                                 R"("password":"password of ann"})");
  CHECK(made.at("/user/id") == "1");
  CHECK_FALSE(made.body().contains("argon2"));
  static_cast<void>(app.log_in("ann"));
  CHECK(app.failure_of_request("users.create",
                               R"({"name":"x","email":"a@b.de",)"
                               R"("password":"1234567"})")
            .contains("'password'"));
}

TEST_CASE("verify says whom a token speaks for") {
  auto app = account_server{};
  const auto token = app.add_account("ann").token;
  const auto body = "{\"token\":\"" + token + "\"}";
  const auto told = app.must("auth.verify", body);
  CHECK(told.at("/user_id") == "1");
  CHECK(told.at("/email") == "\"ann@example.org\"");
  CHECK(told.at("/expires_at").ends_with("Z\""));
  CHECK(app.failure_of_request("auth.verify", R"({"token":"x"})")
        == "unauthenticated 401: the token is not valid");
  app.must_as(token, "me.delete", R"({"password":"password of ann"})");
  CHECK(app.failure_of_request("auth.verify", body) == ended);
}

TEST_CASE("a token is not good for another database") {
  auto app = account_server{{"--services-databases", "other"}};
  app.remote.create_database("other");
  const auto token = app.add_account("ann").token;
  const auto made = app.must("auth.register",
                             R"({"name":"Bob","email":"bob@example.org",)"
                             R"("password":"password of bob"})",
                             {{"Sluice-Database", "other"}});
  CHECK(made.at("/user/id") == "1");
  CHECK(failure_of(app.ask("me.get", "{}",
                           {{"Authorization", "Bearer " + token},
                            {"Sluice-Database", "other"}}))
        == "unauthenticated 401: the token is not one of this database");
  CHECK(failure_of(app.ask("auth.verify", "{\"token\":\"" + token + "\"}",
                           {{"Sluice-Database", "other"}}))
            .starts_with("unauthenticated"));
}

TEST_CASE("what needs a token is refused without a good one") {
  auto app = account_server{};
  const auto token = app.add_account("ann").token;
  for (const auto& [tail, body] :
       std::vector<std::pair<std::string, std::string>>{
           {"me.get", "{}"},
           {"me.update", R"({"name":"x"})"},
           {"me.delete", R"({"password":"password of ann"})"},
           {"me.posts.list", "{}"},
           {"me.posts.create", R"({"title":"x"})"},
           {"me.posts.update", R"({"id":1,"title":"x"})"},
           {"me.posts.publish", R"({"id":1})"},
           {"me.posts.delete", R"({"id":1})"},
           {"auth.logout", "{}"},
           {"auth.change_password", R"({"old_password":"password of ann",)"
                                    R"("new_password":"another password"})"}}) {
    CAPTURE(tail);
    CHECK(app.failure_of_request(tail, body)
          == "unauthenticated 401: the header Authorization is missing: it "
             "must be 'Bearer <token>'");
    CHECK(failure_of(app.ask(tail, body, {{"Authorization", token}}))
              .starts_with("unauthenticated 401"));
    CHECK(app.failure_as(token + "A", tail, body)
          == "unauthenticated 401: the token is not valid");
  }
  CHECK(app.must_as(token, "me.get").at("/user/name") == "\"ann\"");
}

TEST_CASE("a front end's header about the client is checked") {
  auto app = account_server{};
  for (const auto& wrong : {std::string{"a b"}, std::string(65, 'x')})
    CHECK(failure_of(app.ask("auth.login", credentials("a@b.de", "12345678"),
                             {{"Sluice-Client-Address", wrong}}))
              .contains("Sluice-Client-Address"));
}

TEST_CASE(
    "no password, hash or token is in the log or, in the clear, on disk") {
  auto app = account_server{};
  auto one = app.add_account("ann");
  one = login_of(app.refresh(one.refresh_token));
  CHECK(app.failure_of_request("auth.login",
                               credentials("ann@example.org", "wrong horse"))
        == wrong_login);
  app.must("auth.login", credentials("ann@example.org", "password of ann"),
           {{"Nats-Msg-Id", "1"}});
  const auto log = app.process.log();
  for (const auto& secret :
       {std::string{"password of ann"}, std::string{"wrong horse"},
        one.token.substr(one.token.rfind('.')), one.refresh_token,
        std::string{"argon2id"}})
    CHECK_FALSE(log.contains(secret));
  auto files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator{
           std::filesystem::path{app.process.data()} / "databases"}) {
    auto in = std::ifstream{file.path(), std::ios::binary};
    const auto content = std::string{std::istreambuf_iterator<char>{in}, {}};
    ++files;
    for (const auto& secret :
         {std::string{"password of ann"}, one.refresh_token,
          one.token.substr(one.token.rfind('.'))})
      CHECK_FALSE(content.contains(secret));
  }
  CHECK(files > 0);
}

} // namespace sluice::tests
