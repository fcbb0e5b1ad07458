#include "tests/integration/cli/cli_process.hpp"
#include "tests/integration/cli/fake_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/fake_nats.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <future>

namespace sluice::tests {

TEST_CASE("request sends the body and prints the reply as it is") {
  auto server = fake_server{};
  server.reply_with(R"({"success":true,"x":1.10})");
  const auto run
      = run_cli(server.command({"request", "health", R"({"a":[1,{}]})"}));
  CHECK(run.status == 0);
  CHECK(run.out == "{\"success\":true,\"x\":1.10}\n");
  CHECK(run.err.empty());
  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].subject == "sluice.health");
  CHECK(requests[0].body == R"({"a":[1,{}]})");
  CHECK(requests[0].timeout_ms == "30000");
}

TEST_CASE("the body of a request may be left out, empty braces or brackets") {
  auto server = fake_server{};
  for (const auto* body : {"{}", "[]", "[1,2]", "[\"a\",\"b\"]", "", "%%"}) {
    server.reply_with("{}");
    CHECK(run_cli(server.command({"request", "sluice.health", body})).status
          == 0);
    CHECK(server.requests().back().body == body);
  }
  server.reply_with("{}");
  CHECK(run_cli(server.command({"request", "sluice.health"})).status == 0);
  CHECK(server.requests().back().subject == "sluice.health");
  CHECK(server.requests().back().body == "{}");
}

TEST_CASE("the body - is taken from standard input") {
  auto server = fake_server{};
  server.reply_with("{}");
  const auto body = "{\"x\":\"" + std::string(100'000, 'y') + "\"}";
  CHECK(run_cli(server.command({"request", "x", "-"}), body).status == 0);
  CHECK(server.requests().back().body == body);
}

TEST_CASE("headers and patience travel with the request") {
  auto server = fake_server{};
  server.reply_with("{}");
  const auto run = run_cli(server.command(
      {"request", "me.get", "--header", "Authorization: Bearer abc", "--header",
       "X-Y:z", "{}", "--timeout-ms", "1234"}));
  CHECK(run.status == 0);
  const auto request = server.requests().back();
  CHECK(request.authorization == "Bearer abc");
  CHECK(request.timeout_ms == "1234");
  CHECK(request.body == "{}");
}

TEST_CASE("an error reply is printed and ends with status 1") {
  auto server = fake_server{};
  server.fail_with("not_found", "404", "no such thing");
  const auto run = run_cli(server.command({"request", "x"}));
  CHECK(run.status == 1);
  CHECK(run.out
        == "{\"success\":false,\"error\":\"no such thing\",\"code\":\"not_"
           "found\",\"retryable\":false}\n");
}

TEST_CASE("no answer within the time ends with status 3") {
  auto server = fake_server{};
  const auto run
      = run_cli(server.command({"request", "x", "--timeout-ms", "50"}));
  CHECK(run.status == 3);
  CHECK(run.err
        == "sluice: no answer to sluice.x within 50 ms; whether it was "
           "executed is not known\n");
}

TEST_CASE("a subject that nobody serves ends with status 3 at once") {
  const auto server = fake_server{};
  const auto run = run_cli(
      server.command({"request", "x", "--nats-subject-prefix", "other"}));
  CHECK(run.status == 3);
  CHECK(run.err.starts_with("sluice: nobody answers other.x at "));
  CHECK(run.err.find("sluice serve") != std::string::npos);
}

TEST_CASE("the acknowledgement of a stream is no reply, whatever was asked") {
  using words = std::vector<std::string>;
  const auto asked = GENERATE(
      words{"request", "db.app.query"},
      words{"request", "db.app.query", "--header", "Sluice-Stream:true"},
      words{"execute", "app", "--command", "INSERT INTO nope VALUES (1)"},
      words{"export", "app"}, words{"db", "list"});
  auto server = fake_server{};
  server.reply_with(R"({"stream":"AUDIT","seq":7})");
  const auto run = run_cli(server.command(asked));
  CHECK(run.status == 3);
  CHECK(run.out.empty());
  CHECK(run.err.starts_with("sluice: the JetStream stream AUDIT holds the "
                            "subjects"));
}

TEST_CASE("a reply of another form than Sluice's is no success") {
  const auto* body
      = GENERATE("{}", "7", "", R"({"success":"yes"})", R"({"success":false})");
  auto server = fake_server{};
  server.reply_with(body);
  const auto run
      = run_cli(server.command({"execute", "app", "--command", "SELECT 1"}));
  CHECK(run.status == 3);
  CHECK(run.err.contains("is no reply of Sluice"));
}

TEST_CASE("a database's file is not printed as lines") {
  const auto server = fake_server{};
  const auto run = run_cli(server.command(
      {"request", "db.app.dump", "--header", "Sluice-Stream:true"}));
  CHECK(run.status == 2);
  CHECK(run.out.empty());
  CHECK(run.err.contains("sluice dump DATABASE --output FILE"));
  CHECK(server.requests().empty());
}

TEST_CASE("a connection that ends before the reply ends the command at once") {
  using words = std::vector<std::string>;
  const auto asked = GENERATE(
      words{"execute", "app", "--command", "SELECT 1"},
      words{"request", "db.app.query", "--header", "Sluice-Stream:true"},
      words{"export", "app"});
  auto nats = fake_nats{};
  auto command = asked;
  command.insert(command.end(),
                 {"--nats-url", nats.url(), "--timeout-ms", "600000"});
  auto run
      = std::async(std::launch::async, [&command] { return run_cli(command); });
  wait_until("the request has arrived", std::chrono::seconds{30},
             [&nats] { return nats.received().contains("PUB sluice.db."); });
  nats.send_and_hang_up("-ERR 'Something New'\r\n");
  const auto done = run.get();
  CHECK(done.status == 3);
  CHECK(done.out.empty());
  CHECK(done.err.contains("the connection to NATS ended before the reply"));
  CHECK(done.err.contains("whether it was executed is not known"));
}

TEST_CASE("the environment tells where the server is") {
  auto server = fake_server{};
  server.reply_with("{}");
  CHECK(
      run_cli({"request", "x"}, {}, {"SLUICE_NATS_URL=" + server.url()}).status
      == 0);
  CHECK(server.requests().size() == 1);
}

} // namespace sluice::tests
