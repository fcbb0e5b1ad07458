#include "config/settings_rules.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>

namespace sluice::config {

namespace {

/// What is wrong with the defaults after a change.
std::string broken(const std::function<void(settings&)>& change) {
  auto loaded = loaded_settings{};
  change(loaded.values);
  auto result = std::string{};
  for (const auto& problem : broken_rules(loaded))
    result.append(result.empty() ? "" : "\n").append(problem);
  return result;
}

} // namespace

TEST_CASE("the defaults break no rule") {
  CHECK(broken([](settings&) {}).empty());
}

TEST_CASE("texts that must hold something must") {
  CHECK(broken([](settings& s) { s.data.clear(); }).starts_with("data must"));
  CHECK(broken([](settings& s) {
          s.nats.server_program.clear();
        }).starts_with("nats.server_program must"));
  CHECK(broken([](settings& s) {
          s.nats.queue_group.clear();
        }).starts_with("nats.queue_group"));
}

TEST_CASE("a subject prefix has tokens without wildcards") {
  for (const auto* prefix : {"", ".", "a.", ".a", "a..b", "*", "a.*", "a.>",
                             "a b", "a\tb", "$SYS", "$SRV.x"}) {
    CAPTURE(prefix);
    CHECK(broken([prefix](settings& s) {
            s.nats.subject_prefix = prefix;
          }).starts_with("nats.subject_prefix"));
  }
  for (const auto* prefix : {"a", "team.sluice", "x-1_2.y"}) {
    CAPTURE(prefix);
    CHECK(broken([prefix](settings& s) {
            s.nats.subject_prefix = prefix;
          }).empty());
  }
}

TEST_CASE("each prefix of reply subjects has tokens without wildcards") {
  for (const auto* prefixes : {".", "_INBOX.>", "_INBOX, a..b", "*", "a b"}) {
    CAPTURE(prefixes);
    CHECK(broken([prefixes](settings& s) {
            s.nats.reply_prefixes = prefixes;
          }).starts_with("nats.reply_prefixes"));
  }
  for (const auto* prefixes : {"", "_INBOX", "_INBOX_a, _INBOX_b", ","}) {
    CAPTURE(prefixes);
    CHECK(broken([prefixes](settings& s) {
            s.nats.reply_prefixes = prefixes;
          }).empty());
  }
}

TEST_CASE("the databases of services are names, or an asterisk") {
  for (const auto* list : {"A", "app, ../x", "a b", "**", "app.*"}) {
    CAPTURE(list);
    CHECK(broken([list](settings& s) {
            s.services.databases = list;
          }).starts_with("services.databases"));
  }
  for (const auto* list : {"", "*", "app", "a, b_1 ,c-2"}) {
    CAPTURE(list);
    CHECK(broken([list](settings& s) { s.services.databases = list; }).empty());
  }
}

TEST_CASE("an inbox prefix has tokens without wildcards, or is not there") {
  for (const auto* prefix : {".", "a.", "a..b", "*", "a.>", "a b"}) {
    CAPTURE(prefix);
    CHECK(broken([prefix](settings& s) {
            s.nats.inbox_prefix = prefix;
          }).starts_with("nats.inbox_prefix"));
  }
  for (const auto* prefix : {"", "_INBOX_frontend", "_INBOX.ann"}) {
    CAPTURE(prefix);
    CHECK(broken([prefix](settings& s) {
            s.nats.inbox_prefix = prefix;
          }).empty());
  }
}

TEST_CASE("user and password go together") {
  CHECK(broken([](settings& s) {
          s.nats.user = "ann";
        }).starts_with("nats.user and nats.password go together"));
  CHECK(broken([](settings& s) {
          s.nats.password = "x";
        }).starts_with("nats.user and nats.password go together"));
  CHECK(broken([](settings& s) {
          s.nats.user = "ann";
          s.nats.password = "x";
        }).empty());
}

TEST_CASE("there is only one way to authenticate") {
  const auto user = [](settings& s) {
    s.nats.user = "ann";
    s.nats.password = "x";
  };
  const auto token = [](settings& s) {
    s.nats.token = "t";
  };
  const auto credentials = [](settings& s) {
    s.nats.credentials_file = "c";
  };
  const auto nkey = [](settings& s) {
    s.nats.nkey_seed_file = "n";
  };
  const auto ways = std::vector<std::function<void(settings&)>>{
      user, token, credentials, nkey};
  for (const auto& one : ways) {
    CHECK(broken(one).empty());
    for (const auto& other : ways)
      if (&one != &other)
        CHECK(broken([&one, &other](settings& s) {
                one(s);
                other(s);
              }).starts_with("only one of nats.user"));
  }
}

TEST_CASE("TLS files are complete and have an effect") {
  CHECK(broken([](settings& s) {
          s.nats.tls = true;
          s.nats.tls_certificate_file = "c";
        }).starts_with("nats.tls_certificate_file and nats.tls_key_file go"));
  CHECK(broken([](settings& s) {
          s.nats.tls = true;
          s.nats.tls_key_file = "k";
        }).starts_with("nats.tls_certificate_file and nats.tls_key_file go"));
  CHECK(broken([](settings& s) {
          s.nats.tls_ca_file = "ca";
        }).find("no effect without nats.tls")
        != std::string::npos);
  CHECK(broken([](settings& s) {
          s.nats.tls_ca_file = "ca";
          s.nats.url = "tls://host";
        }).empty());
  CHECK(broken([](settings& s) {
          s.nats.tls = true;
          s.nats.tls_ca_file = "ca";
          s.nats.tls_certificate_file = "c";
          s.nats.tls_key_file = "k";
        }).empty());
}

TEST_CASE("the default timeout is not above the longest") {
  CHECK(broken([](settings& s) { s.limits.timeout_ms_max = 10; })
        == "limits.timeout_ms_default (30000) must not be above "
           "limits.timeout_ms_max (10)");
}

TEST_CASE("an address of NATS holds no spaces") {
  CHECK(broken([](settings& s) {
          s.nats.url = "a, b";
        }).starts_with("nats.url must not hold spaces"));
}

TEST_CASE("the own server's address and another server exclude each other") {
  auto loaded = loaded_settings{};
  loaded.values.nats.url = "nats://x";
  loaded.origins["nats.url"] = {source::environment, "here"};
  CHECK(broken_rules(loaded).empty());
  loaded.values.nats.listen = "127.0.0.1:0";
  loaded.origins["nats.listen"] = {source::file, "there"};
  REQUIRE(broken_rules(loaded).size() == 1);
  CHECK(broken_rules(loaded).front().starts_with(
      "nats.url (here) and nats.listen (there) exclude each other"));
  loaded.values.nats.listen = nats_settings{}.listen;
  CHECK(broken_rules(loaded).empty());
}

TEST_CASE("the services' database has a database's name") {
  for (const auto* name : {"a", "0", "my-app_2"})
    CHECK(broken([name](settings& s) { s.services.database = name; }).empty());
  for (const auto& name : {std::string{}, std::string{"A"}, std::string{"-a"},
                           std::string{"a.b"}, std::string(64, 'a')}) {
    CAPTURE(name);
    CHECK(broken([&name](settings& s) {
            s.services.database = name;
          }).starts_with("services.database (" + name + ") is no name"));
  }
}

TEST_CASE("tokens have an issuer and an audience, and one secret") {
  for (const auto& name : {std::string{}, std::string(201, 'x')}) {
    CHECK(broken([&name](settings& s) { s.auth.issuer = name; })
          == "auth.issuer must have 1 to 200 bytes");
    CHECK(broken([&name](settings& s) { s.auth.audience = name; })
          == "auth.audience must have 1 to 200 bytes");
  }
  CHECK(broken([](settings& s) {
          s.auth.secret = "x";
          s.auth.secret_file = "y";
        })
        == "auth.secret and auth.secret_file exclude each other");
}

TEST_CASE("listen addresses are split into host and port") {
  CHECK(parse_listen_address("127.0.0.1:4222")->host == "127.0.0.1");
  CHECK(parse_listen_address("127.0.0.1:4222")->port == 4222);
  CHECK(parse_listen_address("localhost:0")->port == 0);
  CHECK(parse_listen_address("[::1]:65535")->host == "::1");
  CHECK(parse_listen_address("[::1]:65535")->port == 65535);
  for (const auto* text :
       {"", ":", "host", "host:", ":1", "host:65536", "host:-1", "host:x",
        "host:1x", "::1:5", "[]:1", "a b:1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen_address(text));
    CHECK(broken([text](settings& s) {
            s.nats.listen = text;
          }).starts_with("nats.listen (default)"));
  }
}

} // namespace sluice::config
