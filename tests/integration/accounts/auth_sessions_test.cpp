#include "tests/integration/accounts/account_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <utility>

/// How logins last and end.
namespace sluice::tests {

namespace {

const auto dead
    = std::string{"unauthenticated 401: the refresh token is not valid"};
const auto used = std::string{
    "unauthenticated 401: the refresh token was used before: its session has "
    "ended"};

} // namespace

TEST_CASE("a refresh token gives new tokens once, and its reuse ends the "
          "session") {
  auto app = account_server{};
  const auto first = app.add_account("ann");
  const auto other = app.log_in("ann");
  const auto second = login_of(app.refresh(first.refresh_token));
  CHECK(second.refresh_token != first.refresh_token);
  const auto third = login_of(app.refresh(second.refresh_token));
  // The session is the same: its earlier tokens go on until they expire.
  for (const auto& each : {first, second, third})
    app.must_as(each.token, "me.get");
  CHECK(failure_of(app.refresh(first.refresh_token)) == used);
  // All of the family is dead, the newest too, and for good.
  CHECK(failure_of(app.refresh(third.refresh_token)) == dead);
  for (const auto& each : {first, second, third})
    CHECK(app.failure_as(each.token, "me.get") == ended);
  // Another login is none of it.
  app.must_as(other.token, "me.get");
  CHECK(app.refresh(other.refresh_token).at("/success") == "true");
  CHECK(app.results("SELECT count(*) AS n FROM sessions") == R"([{"n":1}])");
}

TEST_CASE("two tabs that refresh at once both go on, with the same token") {
  auto app = account_server{};
  const auto first = app.add_account("ann");
  const auto one = login_of(app.refresh(first.refresh_token));
  const auto two = login_of(app.refresh(first.refresh_token));
  CHECK(two.refresh_token == one.refresh_token);
  for (const auto& each : {one, two})
    app.must_as(each.token, "me.get");
  const auto later = login_of(app.refresh(two.refresh_token));
  CHECK(later.refresh_token != two.refresh_token);
  // Only the last one that was spent has it: an older one was stolen.
  CHECK(failure_of(app.refresh(first.refresh_token)) == used);
  CHECK(failure_of(app.refresh(later.refresh_token)) == dead);
}

TEST_CASE("after auth.refresh_grace_s a spent refresh token ends its session") {
  auto app = account_server{{"--auth-refresh-grace-s", "5"}};
  const auto first = app.add_account("ann");
  const auto second = login_of(app.refresh(first.refresh_token));
  // The clock of the server goes on by the time that the row is older.
  app.run("UPDATE sessions SET renewed_at = "
          "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 seconds')");
  CHECK(failure_of(app.refresh(first.refresh_token)) == used);
  CHECK(failure_of(app.refresh(second.refresh_token)) == dead);
}

TEST_CASE("without a grace each refresh token is good once") {
  auto app = account_server{{"--auth-refresh-grace-s", "0"}};
  const auto first = app.add_account("ann");
  CHECK(app.refresh(first.refresh_token).code().empty());
  CHECK(failure_of(app.refresh(first.refresh_token)) == used);
}

TEST_CASE("what is no refresh token is refused and ends nothing") {
  auto app = account_server{};
  const auto ann = app.add_account("ann");
  for (const auto& wrong :
       {std::string{"x"}, std::string(43, 'A'), ann.token,
        ann.refresh_token + "A", ann.refresh_token.substr(1)})
    CHECK(failure_of(app.refresh(wrong.substr(0, 200))) == dead);
  CHECK(app.refresh(ann.refresh_token).at("/success") == "true");
}

TEST_CASE("logout ends this session, a named one, or all") {
  auto app = account_server{};
  const auto a = app.add_account("ann");
  const auto b = app.log_in("ann");
  const auto c = app.log_in("ann");
  const auto d = app.log_in("ann");
  const auto bob = app.add_account("bob");
  CHECK(app.must_as(a.token, "auth.logout").at("/sessions_ended") == "1");
  CHECK(app.failure_as(a.token, "me.get") == ended);
  CHECK(app.failure_as(a.token, "auth.logout") == ended);
  CHECK(failure_of(app.refresh(a.refresh_token)) == dead);
  // By the refresh token of another login of one's own, not of another user.
  CHECK(app.must_as(b.token, "auth.logout",
                    "{\"refresh_token\":\"" + c.refresh_token + "\"}")
            .at("/sessions_ended")
        == "1");
  CHECK(app.failure_as(c.token, "me.get") == ended);
  app.must_as(b.token, "me.get");
  CHECK(app.failure_as(b.token, "auth.logout",
                       "{\"refresh_token\":\"" + bob.refresh_token + "\"}")
        == dead);
  app.must_as(bob.token, "me.get");
  CHECK(app.must_as(b.token, "auth.logout", R"({"everywhere":true})")
            .at("/sessions_ended")
        == "2");
  for (const auto& each : {b, d})
    CHECK(app.failure_as(each.token, "me.get") == ended);
  app.must_as(bob.token, "me.get");
}

TEST_CASE(
    "another password ends all other sessions, and the old one is wrong") {
  auto app = account_server{};
  const auto a = app.add_account("ann");
  const auto b = app.log_in("ann");
  const auto body = std::string{
      R"({"old_password":"password of ann","new_password":"another one"})"};
  CHECK(app.failure_as(a.token, "auth.change_password",
                       R"({"old_password":"wrong","new_password":"another )"
                       R"(one"})")
        == "unauthenticated 401: wrong password");
  app.must_as(b.token, "me.get");
  CHECK(app.must_as(a.token, "auth.change_password", body).at("/changed")
        == "true");
  app.must_as(a.token, "me.get");
  CHECK(app.refresh(a.refresh_token).at("/success") == "true");
  CHECK(app.failure_as(b.token, "me.get") == ended);
  CHECK(failure_of(app.refresh(b.refresh_token)) == dead);
  CHECK(app.failure_of_request(
            "auth.login", credentials("ann@example.org", "password of ann"))
        == wrong_login);
  app.must("auth.login", credentials("ann@example.org", "another one"));
  CHECK(app.failure_as(a.token, "auth.change_password", body)
        == "unauthenticated 401: wrong password");
}

TEST_CASE("a user that is deleted has no sessions, whoever deletes it") {
  auto app = account_server{};
  const auto ann = app.add_account("ann");
  const auto bob = app.add_account("bob");
  app.must_as(ann.token, "me.delete", R"({"password":"password of ann"})");
  app.must("users.delete", R"({"id":2})");
  for (const auto& each : {ann, bob}) {
    CHECK(app.failure_as(each.token, "me.get") == ended);
    CHECK(failure_of(app.refresh(each.refresh_token)) == dead);
  }
  CHECK(app.results("SELECT count(*) AS n FROM sessions") == R"([{"n":0}])");
  // A new user of that address is another one.
  const auto again = app.add_account("ann");
  CHECK(app.must_as(again.token, "me.get").at("/user/id") == "3");
  CHECK(app.failure_as(ann.token, "me.get") == ended);
}

TEST_CASE("a user has a bounded number of sessions, and the oldest go") {
  auto app = account_server{{"--auth-sessions-per-user-max", "3"}};
  auto logins = std::vector<login>{app.add_account("ann")};
  app.add_account("bob");
  for (auto i = 0; i < 4; ++i)
    logins.push_back(app.log_in("ann"));
  for (auto i = std::size_t{0}; i < logins.size(); ++i) {
    CAPTURE(i);
    if (i < 2)
      CHECK(app.failure_as(logins[i].token, "me.get") == ended);
    else
      app.must_as(logins[i].token, "me.get");
  }
  CHECK(app.results("SELECT user_id, count(*) AS n FROM sessions GROUP BY 1")
        == R"([{"user_id":1,"n":3},{"user_id":2,"n":1}])");
}

TEST_CASE("sessions that nobody came back to are refused, and removed with "
          "later logins") {
  auto app = account_server{};
  const auto ann = app.add_account("ann");
  const auto old = app.log_in("ann");
  app.run("UPDATE sessions SET expires_at = '2020-01-01T00:00:00Z' WHERE seq = "
          "2");
  CHECK(app.failure_as(old.token, "me.get") == ended);
  CHECK(failure_of(app.refresh(old.refresh_token)) == dead);
  app.must_as(ann.token, "me.get");
  // Few at a time, so that no login takes long.
  app.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
          "WHERE i < 20) INSERT INTO sessions(id, user_id, family_hash, "
          "token_hash, created_at, renewed_at, expires_at) SELECT 'old' || i, "
          "1, randomblob(32), randomblob(32), '2020', '2020', '2020' FROM n");
  app.add_account("bob");
  const auto left = std::string{
      "SELECT count(*) AS n FROM sessions WHERE expires_at < '2021'"};
  CHECK(app.results(left) == R"([{"n":13}])");
  app.add_account("eve");
  app.add_account("fay");
  CHECK(app.results(left) == R"([{"n":0}])");
}

TEST_CASE("a hash of another cost is renewed by the next login") {
  auto app = account_server{};
  app.add_account("ann");
  const auto stored = app.results("SELECT password_hash FROM users");
  CHECK(stored.contains("t=1"));
  app.process.stop();
  auto options = cheap_passwords();
  options.back() = "2";
  options.insert(options.end(), {"--data", app.process.data(), "--nats-listen",
                                 "127.0.0.1:0"});
  auto next = sluice_process{options};
  auto remote = client{next.url()};
  const auto login_again = [&remote](std::string_view password) {
    return remote.request("sluice.auth.login",
                          credentials("ann@example.org", password));
  };
  const auto hash = [&remote] {
    return remote.run("app", "SELECT password_hash FROM users")
        .at("/results/0/password_hash");
  };
  CHECK(login_again("not the password").code() == "unauthenticated");
  CHECK(hash().contains("t=1"));
  CHECK(login_again("password of ann").at("/success") == "true");
  CHECK(hash().contains("t=2"));
  CHECK(login_again("password of ann").at("/success") == "true");
}

} // namespace sluice::tests
