#include "tests/integration/accounts/account_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

/// Failed logins.
namespace sluice::tests {

namespace {

using std::chrono::milliseconds;

const auto wrong_credentials
    = credentials("ann@example.org", "not the password");
const auto right = credentials("ann@example.org", "password of ann");

} // namespace

TEST_CASE("an address with too many failures is refused, the right password "
          "too") {
  auto app = account_server{
      {"--auth-failures-max", "4", "--auth-delay-ms-max", "0"}};
  const auto ann = app.add_account("ann");
  app.add_account("bob");
  for (auto i = 0; i < 4; ++i)
    CHECK(app.failure_of_request("auth.login", wrong_credentials)
          == wrong_login);
  for (const auto& body : {wrong_credentials, right})
    CHECK(app.failure_of_request("auth.login", body)
              .starts_with("overloaded 429: too many failed logins"));
  // In other letters it is the same one. Others are not concerned, nor are
  // sessions.
  CHECK(app.failure_of_request(
               "auth.login", credentials("ANN@example.org", "password of ann"))
            .starts_with("overloaded"));
  static_cast<void>(app.log_in("bob"));
  app.must_as(ann.token, "me.get");
  CHECK(app.refresh(ann.refresh_token).at("/success") == "true");
}

TEST_CASE("from where a user has logged in before, nobody else locks them "
          "out") {
  auto app = account_server{
      {"--auth-failures-max", "3", "--auth-delay-ms-max", "0"}};
  app.add_account("ann");
  const auto from = [&app](const std::string& source, const std::string& body) {
    return app.ask("auth.login", body, {{"Sluice-Client-Address", source}});
  };
  CHECK(from("192.0.2.1", right).code().empty());
  for (auto i = 0; i < 3; ++i)
    CHECK(from("198.51.100." + std::to_string(i), wrong_credentials).code()
          == "unauthenticated");
  CHECK(from("198.51.100.9", right).code() == "overloaded");
  CHECK(app.ask("auth.login", right).code() == "overloaded");
  CHECK(from("192.0.2.1", right).code().empty());
  // Which opens it for nobody else.
  CHECK(from("198.51.100.9", right).code() == "overloaded");
  // Failures from there count by themselves.
  for (auto i = 0; i < 3; ++i)
    CHECK(from("192.0.2.1", wrong_credentials).code() == "unauthenticated");
  CHECK(from("192.0.2.1", right).code() == "overloaded");
}

TEST_CASE("an unknown address is refused in the same way") {
  auto app = account_server{
      {"--auth-failures-max", "2", "--auth-delay-ms-max", "0"}};
  const auto body = credentials("nobody@example.org", "some password");
  for (auto i = 0; i < 2; ++i)
    CHECK(app.failure_of_request("auth.login", body) == wrong_login);
  CHECK(app.failure_of_request("auth.login", body).starts_with("overloaded"));
}

TEST_CASE("after the lockout the right password is right again") {
  auto app = account_server{{"--auth-failures-max", "1", "--auth-lockout-s",
                             "1", "--auth-delay-ms-max", "0"}};
  app.add_account("ann");
  CHECK(app.failure_of_request("auth.login", wrong_credentials) == wrong_login);
  const auto until
      = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  auto got = app.ask("auth.login", right);
  while (got.code() == "overloaded" && std::chrono::steady_clock::now() < until)
    got = app.ask("auth.login", right);
  CHECK(got.at("/success") == "true");
}

TEST_CASE("answers to failed logins are held back, those to right ones not") {
  auto app = account_server{
      {"--auth-failures-slowed", "1", "--auth-delay-ms-max", "400"}};
  app.add_account("ann");
  CHECK(app.failure_of_request("auth.login", wrong_credentials) == wrong_login);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(app.failure_of_request("auth.login", wrong_credentials) == wrong_login);
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds{250});
  app.must("auth.login", right);
}

TEST_CASE("a source that a front end names is refused for all addresses") {
  auto app = account_server{{"--auth-source-failures-max", "3"}};
  app.add_account("ann");
  for (auto i = 0; i < 3; ++i)
    CHECK(failure_of(app.ask(
              "auth.login",
              credentials("u" + std::to_string(i) + "@example.org", "password"),
              {{"Sluice-Client-Address", "192.0.2.1"}}))
          == wrong_login);
  CHECK(app.ask("auth.login", right, {{"Sluice-Client-Address", "192.0.2.1"}})
            .code()
        == "overloaded");
  app.must("auth.login", right, {{"Sluice-Client-Address", "2001:db8::1"}});
  app.must("auth.login", right);
}

TEST_CASE("a stolen token is no way to try passwords") {
  auto app = account_server{
      {"--auth-failures-max", "3", "--auth-delay-ms-max", "0"}};
  const auto ann = app.add_account("ann");
  const auto body = std::string{
      R"({"old_password":"a guess","new_password":"another one"})"};
  for (auto i = 0; i < 3; ++i)
    CHECK(app.failure_as(ann.token, "auth.change_password", body)
          == "unauthenticated 401: wrong password");
  CHECK(app.failure_as(ann.token, "auth.change_password", body)
            .starts_with("overloaded"));
  // Nor does it keep the owner out.
  static_cast<void>(app.log_in("ann"));
}

TEST_CASE("a source has only so many passwords stored, however it asks") {
  auto app = account_server{
      {"--auth-source-hashes-max", "3", "--auth-source-hashes-s", "86400"}};
  const auto ann = app.add_account("ann");
  const auto from
      = [&app](const std::string& tail, const std::string& body,
               const std::string& source, const std::string& token = "none") {
          return app.ask(tail, body,
                         {{"Sluice-Client-Address", source},
                          {"Authorization", "Bearer " + token}});
        };
  const auto body_of = [](const std::string& name) {
    return R"({"name":")" + name + R"(","email":")" + name
           + R"(@example.org","password":"password of )" + name + R"("})";
  };
  const auto change = std::string{
      R"({"old_password":"password of ann","new_password":"another one"})"};
  CHECK(from("auth.register", body_of("bob"), "192.0.2.1").at("/success")
        == "true");
  CHECK(from("users.create", body_of("cem"), "192.0.2.1").at("/success")
        == "true");
  CHECK(from("auth.change_password", change, "192.0.2.1", ann.token)
            .at("/changed")
        == "true");
  for (const auto& refused :
       {from("auth.register", body_of("dan"), "192.0.2.1"),
        from("users.create", body_of("dan"), "192.0.2.1"),
        from("auth.change_password", change, "192.0.2.1", ann.token)}) {
    CHECK(failure_of(refused).starts_with(
        "overloaded 429: too many passwords to be stored"));
    CHECK(refused.at("/retryable") == "true");
  }
  // Without a password there is nothing to hash.
  CHECK(from("users.create", R"({"name":"e","email":"e@example.org"})",
             "192.0.2.1")
            .at("/success")
        == "true");
  CHECK(from("auth.register", body_of("dan"), "192.0.2.2").at("/success")
        == "true");
  app.must("auth.register", body_of("eve"));
}

} // namespace sluice::tests
