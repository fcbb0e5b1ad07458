#include "tests/integration/accounts/account_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `auth.*` and `me.*` with an idempotency key.
namespace sluice::tests {

namespace {

const auto ann_body = std::string{
    R"({"name":"ann","email":"ann@example.org","password":"password of ann"})"};

} // namespace

TEST_CASE("a registration with an id gives its tokens again, to who knows the "
          "password") {
  auto app = account_server{};
  const auto first
      = app.must("auth.register", ann_body, {{"Nats-Msg-Id", "r1"}});
  const auto again
      = app.must("auth.register", ann_body, {{"Nats-Msg-Id", "r1"}});
  CHECK(again.body() == first.body());
  CHECK(again.header("Sluice-Replayed") == "true");
  app.must_as(login_of(again).token, "me.get");
  CHECK(app.results("SELECT count(*) AS n FROM sessions") == R"([{"n":1}])");
  // What is stored of it is neither the reply nor a hash of the password that
  // could be tried.
  CHECK(app.failure_of_request("auth.register",
                               R"({"name":"ann","email":"ann@example.org",)"
                               R"("password":"guessed password"})")
            .starts_with("conflict"));
  CHECK(failure_of(app.ask("auth.register",
                           R"({"name":"ann","email":"ann@example.org",)"
                           R"("password":"guessed password"})",
                           {{"Nats-Msg-Id", "r1"}}))
            .starts_with("conflict 409: the id"));
}

TEST_CASE("a remembered reply is opened after a restart, with the same secret "
          "only") {
  auto app = account_server{};
  const auto first
      = app.must("auth.register", ann_body, {{"Nats-Msg-Id", "r1"}});
  app.process.stop();
  app.process.start();
  {
    auto remote = client{app.process.url()};
    CHECK(
        remote
            .request("sluice.auth.register", ann_body, {{"Nats-Msg-Id", "r1"}})
            .body()
        == first.body());
  }
  app.process.stop();
  auto next = sluice_process{cheap_passwords(
      {"--data", app.process.data(), "--nats-listen", "127.0.0.1:0",
       "--auth-secret", "another-secret-of-more-than-32-characters"})};
  auto remote = client{next.url()};
  CHECK(
      remote.request("sluice.auth.register", ann_body, {{"Nats-Msg-Id", "r1"}})
          .code()
      == "conflict");
}

TEST_CASE("a login with an id begins one session") {
  auto app = account_server{};
  app.add_account("ann");
  const auto body = credentials("ann@example.org", "password of ann");
  const auto first = app.must("auth.login", body, {{"Nats-Msg-Id", "l1"}});
  CHECK(app.must("auth.login", body, {{"Nats-Msg-Id", "l1"}}).body()
        == first.body());
  CHECK(app.results("SELECT count(*) AS n FROM sessions") == R"([{"n":2}])");
  // A wrong password never comes as far as a remembered reply.
  CHECK(failure_of(app.ask("auth.login",
                           credentials("ann@example.org", "wrong password"),
                           {{"Nats-Msg-Id", "l1"}}))
            .starts_with("conflict"));
  CHECK(failure_of(app.ask("auth.login",
                           credentials("ann@example.org", "wrong password"),
                           {{"Nats-Msg-Id", "l2"}}))
        == wrong_login);
}

TEST_CASE("a renewal with an id can be repeated, and without one cannot") {
  auto app = account_server{{"--auth-refresh-grace-s", "0"}};
  const auto ann = app.add_account("ann");
  const auto body = R"({"refresh_token":")" + ann.refresh_token + R"("})";
  const auto first = app.must("auth.refresh", body, {{"Nats-Msg-Id", "f1"}});
  CHECK(app.must("auth.refresh", body, {{"Nats-Msg-Id", "f1"}}).body()
        == first.body());
  const auto next = login_of(first);
  app.must_as(next.token, "me.get");
  // A reuse is not remembered as an answer, and ends the session.
  CHECK(app.ask("auth.refresh", body, {{"Nats-Msg-Id", "f2"}}).code()
        == "unauthenticated");
  CHECK(app.failure_as(next.token, "me.get") == ended);
}

TEST_CASE("a change of the password with an id can be repeated") {
  auto app = account_server{};
  const auto ann = app.add_account("ann");
  const auto ask = [&app, &ann](const std::string& body) {
    return app.ask(
        "auth.change_password", body,
        {{"Authorization", "Bearer " + ann.token}, {"Nats-Msg-Id", "c1"}});
  };
  const auto body = std::string{
      R"({"old_password":"password of ann","new_password":"another one"})"};
  CHECK(ask(body).at("/changed") == "true");
  const auto again = ask(body);
  CHECK(again.at("/changed") == "true");
  CHECK(again.header("Sluice-Replayed") == "true");
  CHECK(
      ask(R"({"old_password":"password of ann","new_password":"a third one"})")
          .code()
      == "conflict");
  app.must("auth.login", credentials("ann@example.org", "another one"));
}

TEST_CASE("what ends its own session can be repeated with an id") {
  auto app = account_server{};
  const auto ann = app.add_account("ann");
  const auto bob = app.add_account("bob");
  const auto headers_of = [](const login& who) {
    return std::string{"Bearer "} + who.token;
  };
  for (auto i = 0; i < 2; ++i)
    CHECK(app.must("auth.logout", "{}",
                   {{"Authorization", headers_of(ann)}, {"Nats-Msg-Id", "o"}})
              .at("/sessions_ended")
          == "1");
  for (auto i = 0; i < 2; ++i)
    CHECK(app.must("me.delete", R"({"password":"password of bob"})",
                   {{"Authorization", headers_of(bob)}, {"Nats-Msg-Id", "d"}})
              .at("/deleted")
          == "true");
}

TEST_CASE("an id of one user is not another one's, and survives a new token") {
  auto app = account_server{};
  const auto ann = app.add_account("ann");
  const auto bob = app.add_account("bob");
  const auto post = [&app](const login& who) {
    return app.ask(
        "me.posts.create", R"({"title":"x"})",
        {{"Authorization", "Bearer " + who.token}, {"Nats-Msg-Id", "p1"}});
  };
  const auto first = post(ann);
  CHECK(first.at("/post/user_id") == "1");
  CHECK(post(bob).code() == "conflict");
  const auto later = login_of(app.refresh(ann.refresh_token));
  CHECK(post(later).body() == first.body());
  CHECK(post(app.log_in("ann")).body() == first.body());
  CHECK(app.must("posts.list", "{}").at("/total") == "1");
}

} // namespace sluice::tests
