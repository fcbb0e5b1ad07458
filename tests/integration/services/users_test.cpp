#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <regex>

/// `sluice.users.*`
namespace sluice::tests {

namespace {

reply users(app_server& app, const std::string& verb, std::string_view body,
            std::initializer_list<messaging::header> headers = {}) {
  return app.remote.request("sluice.users." + verb, body, headers);
}

} // namespace

TEST_CASE("a user that was created is found by id and by e-mail address") {
  auto app = app_server{};
  const auto made
      = users(app, "create", R"({"name":"Ann","email":" Ann@Example.org "})");
  CHECK(made.at("/success") == "true");
  CHECK(made.at("/user/id") == "1");
  CHECK(made.at("/user/name") == "\"Ann\"");
  CHECK(made.at("/user/email") == "\"Ann@Example.org\"");
  CHECK(made.at("/user/bio") == "null");
  CHECK(made.at("/user/password_hash") == "(none)");
  CHECK(std::regex_match(made.at("/user/created_at"),
                         std::regex{R"("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")"}));
  CHECK_FALSE(made.header("Sluice-Bookmark").empty());
  const auto by_id = users(app, "get", R"({"id":1})");
  CHECK(by_id.body() == made.body());
  const auto by_email = users(app, "get", R"({"email":"ann@example.ORG"})");
  CHECK(by_email.body() == made.body());
  CHECK(failure_of(users(app, "get", R"({"id":7})"))
        == "not_found 404: no user with the id 7");
  CHECK(failure_of(users(app, "get", R"({"email":"bob@example.org"})"))
        == "not_found 404: no user with the email 'bob@example.org'");
}

TEST_CASE("an e-mail address is taken in any case of letters") {
  auto app = app_server{};
  CHECK(users(app, "create", R"({"name":"Ann","email":"ann@example.org"})")
            .code()
            .empty());
  CHECK(failure_of(
            users(app, "create", R"({"name":"Bob","email":"ANN@example.org"})"))
        == "conflict 409: another user has this e-mail address already");
}

} // namespace sluice::tests
