#include "tests/integration/accounts/account_server.hpp"
#include "tests/integration/cli/cli_process.hpp"
#include "tests/support/text_file.hpp"
#include "tests/unit/security/key_files.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/stat.h>

#include <filesystem>

#include "security/access_token.hpp"

/// Keys of tokens, over restarts.
namespace sluice::tests {

namespace {

struct key_files {
  temporary_directory folder;
  [[nodiscard]] std::string add(const std::string& name,
                                const std::string& content,
                                mode_t mode = 0600) const {
    auto path = (folder.path() / name).string();
    write_text_file(path, content);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
  }
};

/// A server on the data of one that has ended.
sluice_process continue_with(const account_server& former,
                             std::vector<std::string> options) {
  options.insert(options.end(), {"--data", former.process.data(),
                                 "--nats-listen", "127.0.0.1:0"});
  return sluice_process{cheap_passwords(std::move(options))};
}

reply me(client& remote, const login& who) {
  return remote.request("sluice.me.get", "{}",
                        {{"Authorization", "Bearer " + who.token}});
}

login log_in(client& remote) {
  return login_of(remote.request(
      "sluice.auth.login", credentials("ann@example.org", "password of ann")));
}

} // namespace

TEST_CASE("a first start makes a secret, and later ones use it") {
  auto app = account_server{};
  const auto path = std::filesystem::path{app.process.data()} / "auth.secret";
  CHECK(app.process.log().contains("made one in " + path.string()));
  struct stat found = {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  const auto secret = read_text_file(path);
  CHECK_FALSE(app.process.log().contains(secret.substr(0, 43)));
  const auto ann = app.add_account("ann");
  app.process.stop();
  app.process.start();
  CHECK(read_text_file(path) == secret);
  CHECK_FALSE(app.process.log().contains("made one"));
  auto remote = client{app.process.url()};
  CHECK(me(remote, ann).at("/user/id") == "1");
}

TEST_CASE("keys take each other's place without ending logins") {
  const auto files = key_files{};
  const auto type = GENERATE(ed25519, p256);
  const auto pem = make_private_pem(type);
  const auto key_file = files.add("new.pem", pem);
  auto app = account_server{};
  const auto first = app.add_account("ann");
  app.process.stop();
  const auto own = app.process.data() + "/auth.secret";
  auto second = login{};
  {
    // The new key signs, the old secret is accepted.
    auto next = continue_with(
        app, {"--auth-key-file", key_file, "--auth-accepted-key-files", own});
    auto remote = client{next.url()};
    CHECK(me(remote, first).at("/user/id") == "1");
    second = log_in(remote);
    CHECK(me(remote, second).at("/user/id") == "1");
    CHECK(me(remote, {second.token + "A", ""}).code() == "unauthenticated");
    // Others verify it with the public half, and need no secret.
    auto ring = security::key_ring::make(
        security::signing_key::from_secret(std::string(32, 'x')).value());
    ring->accept(security::signing_key::from_pem(public_pem_of(pem)).value());
    const auto claims = security::access_tokens{*ring, {}}.verify(
        second.token, std::chrono::system_clock::now());
    REQUIRE(claims);
    CHECK(claims->subject.user_id == 1);
    CHECK(claims->subject.database == "app");
    REQUIRE(next.stop() == 0);
  }
  {
    // The old secret is accepted no longer.
    auto next = continue_with(app, {"--auth-key-file", key_file});
    auto remote = client{next.url()};
    CHECK(failure_of(me(remote, first))
          == "unauthenticated 401: the token is not valid");
    CHECK(me(remote, second).at("/user/id") == "1");
    // The login goes on: its refresh token is none of the keys' business.
    const auto renewed = login_of(
        remote.request("sluice.auth.refresh",
                       "{\"refresh_token\":\"" + first.refresh_token + "\"}"));
    CHECK(me(remote, renewed).at("/user/id") == "1");
    REQUIRE(next.stop() == 0);
  }
  {
    // Back to the secret, with the public half of the key.
    auto next = continue_with(
        app, {"--auth-accepted-key-files",
              files.add("public.pem", public_pem_of(pem), 0644)});
    auto remote = client{next.url()};
    CHECK(me(remote, second).at("/user/id") == "1");
    CHECK(me(remote, first).at("/user/id") == "1");
    CHECK_FALSE(next.log().contains("may read"));
  }
}

TEST_CASE("a server does not start with a key that is none") {
  const auto files = key_files{};
  const auto secret = std::string(40, 's');
  const auto refusal = [](const std::vector<std::string>& options) {
    auto process = sluice_process{options, sluice_process::start_mode::launch};
    CHECK(process.wait() == 2);
    return process.log();
  };
  CHECK(refusal({"--auth-secret", "short"})
            .contains("auth.secret: its value has 5 bytes"));
  CHECK_FALSE(refusal({"--auth-secret", "a-short-one"}).contains("a-short"));
  CHECK(refusal({"--auth-secret-file", files.add("short", "short")})
            .contains("a secret has 32 to 4096"));
  CHECK(refusal({"--auth-secret-file", "/nowhere/secret"})
            .contains("there is no file /nowhere/secret"));
  CHECK(refusal({"--auth-secret-file", files.add("open", secret, 0666)})
            .contains("chmod go-w"));
  CHECK(refusal({"--auth-secret", secret, "--auth-secret-file",
                 files.add("both", secret)})
            .contains("exclude each other"));
  CHECK(refusal({"--auth-key-file", files.add("rsa.pem", make_rsa_pem())})
            .contains("Ed25519"));
  CHECK(refusal({"--auth-key-file",
                 files.add("public.pem", public_pem_of(make_private_pem({})))})
            .contains("cannot sign"));
  CHECK(refusal({"--auth-issuer", ""}).contains("auth.issuer"));
}

TEST_CASE("a secret that others may read is told, and works") {
  const auto files = key_files{};
  auto app = account_server{
      {"--auth-secret-file", files.add("open", std::string(40, 's'), 0644)}};
  CHECK(app.process.log().contains("chmod 600"));
  const auto ann = app.add_account("ann");
  app.must_as(ann.token, "me.get");
}

TEST_CASE("the public keys are printed for other services") {
  const auto files = key_files{};
  const auto pem = make_private_pem(p256);
  const auto old = files.add("old.pem", public_pem_of(make_private_pem({})));
  const auto run
      = run_cli({"auth", "keys", "--auth-key-file", files.add("key.pem", pem),
                 "--auth-accepted-key-files", old});
  CHECK(run.status == 0);
  CHECK(run.out.starts_with(
      "{\"keys\":[" + security::signing_key::from_pem(pem).value().public_jwk()
      + ","));
  CHECK(run.out.contains("\"Ed25519\""));
  CHECK_FALSE(run.out.contains("\"d\""));
  const auto wrong = run_cli({"auth", "keys", "--auth-key-file", "/nowhere"});
  CHECK(wrong.status == 2);
  CHECK(wrong.err == "sluice: auth.key_file: there is no file /nowhere\n");
}

TEST_CASE("a token expires") {
  auto app = account_server{{"--auth-token-s", "10"}};
  const auto ann = app.add_account("ann");
  CHECK(app.must_as(ann.token, "me.get").at("/user/id") == "1");
  // One that was made a minute ago, by somebody with the secret.
  const auto secret
      = read_text_file(app.process.data() + "/auth.secret").substr(0, 43);
  const auto ring = security::key_ring::make(
      security::signing_key::from_secret(secret).value());
  auto tokens = security::access_tokens{*ring, {}};
  const auto now = std::chrono::system_clock::now();
  auto subject = tokens.verify(ann.token, now).value().subject;
  const auto made = [&tokens, &subject](auto when) {
    return tokens.issue(subject, when).value();
  };
  CHECK(app.failure_as(made(now - std::chrono::hours{1}), "me.get")
        == "unauthenticated 401: the token has expired");
  app.must_as(made(now), "me.get");
  // Good signatures are not enough without a session.
  subject.session = "another";
  CHECK(app.failure_as(made(now), "me.get") == ended);
  subject.user_id = 2;
  CHECK(app.failure_as(made(now), "me.get") == ended);
}

} // namespace sluice::tests
