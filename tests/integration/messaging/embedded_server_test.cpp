#include "messaging/child_process.hpp"
#include "messaging/embedded_server.hpp"
#include "messaging/listening_port.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>

namespace sluice::tests {

namespace {

using messaging::embedded_server;

/// What the server has to tell.
class events {
public:
  embedded_server::observer sink() {
    return [this](embedded_server::event, const std::string& line) {
      const auto guard = std::lock_guard{mutex_};
      text_ += line + "\n";
    };
  }
  [[nodiscard]] std::string text() const {
    const auto guard = std::lock_guard{mutex_};
    return text_;
  }

private:
  mutable std::mutex mutex_;
  std::string text_;
};

messaging::embedded_server_options in(const temporary_directory& directory,
                                      std::uint16_t port = 0) {
  auto result = messaging::embedded_server_options{};
  result.port = port;
  result.directory = (directory.path() / "nats").string();
  return result;
}

bool is_gone(int process) {
  return ::kill(process, 0) != 0;
}

bool serves(const std::string& url) {
  auto connected = messaging::connection::connect({}, url, "test", nullptr);
  return connected && (*connected)->sync(patience).has_value();
}

} // namespace

TEST_CASE("an embedded server has JetStream on a port of its own") {
  const auto directory = temporary_directory{};
  auto told = events{};
  const auto server = must(embedded_server::start(in(directory), told.sink()));
  CHECK(server->port() != 0);
  CHECK(server->url() == "nats://127.0.0.1:" + std::to_string(server->port()));
  CHECK(server->restarts() == 0);
  const auto info = must(
      connect_to(server->url())->request("$JS.API.INFO", "", {}, patience));
  CHECK(info.payload.contains("account_info_response"));
  CHECK(!info.payload.contains("\"error\""));
  CHECK(told.text().empty());
}

TEST_CASE("an embedded server ends with its object") {
  const auto directory = temporary_directory{};
  auto server
      = must(embedded_server::start(in(directory), [](auto, const auto&) {}));
  const auto process = server->process_id();
  const auto url = server->url();
  REQUIRE(!is_gone(process));
  server.reset();
  CHECK(is_gone(process));
  CHECK(!serves(url));
}

TEST_CASE("an embedded server that dies comes back on its port") {
  const auto directory = temporary_directory{};
  auto told = events{};
  const auto server = must(embedded_server::start(in(directory), told.sink()));
  const auto port = server->port();
  for (auto round = std::uint32_t{1}; round <= 2; ++round) {
    const auto process = server->process_id();
    REQUIRE(::kill(process, SIGKILL) == 0);
    wait_until("it runs again", patience,
               [&server, round] { return server->restarts() == round; });
    CHECK(server->process_id() != process);
    CHECK(server->port() == port);
    CHECK(serves(server->url()));
  }
  CHECK(told.text().contains(
      "was ended by signal 9; it is started again in 100 ms"));
  CHECK(told.text().contains(
      "was ended by signal 9; it is started again in 200 ms"));
  CHECK(told.text().contains("nats-server runs again on " + server->url()));
}

TEST_CASE("a port that is taken is refused, or the next one is used") {
  const auto one = temporary_directory{};
  const auto two = temporary_directory{};
  auto first = must(embedded_server::start(in(one), [](auto, const auto&) {}));
  auto options = in(two, first->port());
  const auto refused
      = embedded_server::start(options, [](auto, const auto&) {});
  REQUIRE(!refused.has_value());
  CHECK(refused.error().what == messaging::failure::kind::configuration);
  CHECK(refused.error().message.contains("cannot listen on 127.0.0.1:"
                                         + std::to_string(first->port())));
  CHECK(refused.error().message.contains("--nats-listen"));
  options.next_port_if_taken = true;
  const auto second
      = must(embedded_server::start(options, [](auto, const auto&) {}));
  CHECK(second->port() > first->port());
  CHECK(serves(second->url()));
}

TEST_CASE("a nats-server that a dead Sluice left behind is ended") {
  const auto directory = temporary_directory{};
  const auto folder = (directory.path() / "nats").string();
  std::filesystem::create_directories(folder);
  const auto port = must(messaging::choose_port("127.0.0.1", 0, false));
  const auto file = folder + "/nats-server.conf";
  std::ofstream{file} << "listen: \"127.0.0.1:" << port << "\"\n"
                      << "pid_file: \"" << folder << "/nats-server.pid\"\n";
  auto orphan = must(messaging::child_process::start(
      must(messaging::find_program("nats-server")), {"--config", file},
      folder + "/out"));
  wait_until("it has written its number", patience, [&folder, port] {
    return std::filesystem::exists(folder + "/nats-server.pid")
           && messaging::greets("127.0.0.1", port, std::chrono::seconds{1});
  });
  const auto server = must(
      embedded_server::start(in(directory, port), [](auto, const auto&) {}));
  CHECK(orphan.wait(patience));
  CHECK(server->port() == port);
  CHECK(serves(server->url()));
}

TEST_CASE("a process that only has the number of an old nats-server lives") {
  const auto directory = temporary_directory{};
  const auto folder = (directory.path() / "nats").string();
  std::filesystem::create_directories(folder);
  auto other = must(
      messaging::child_process::start("/bin/sleep", {"1000"}, folder + "/out"));
  std::ofstream{folder + "/nats-server.pid"} << other.id();
  const auto server
      = must(embedded_server::start(in(directory), [](auto, const auto&) {}));
  CHECK(!other.wait({}));
}

TEST_CASE("a program that ends at once is told with its last words") {
  const auto directory = temporary_directory{};
  auto options = in(directory);
  options.program = (directory.path() / "program").string();
  std::ofstream{options.program} << "#!/bin/sh\necho no such thing\nexit 3\n";
  std::filesystem::permissions(options.program,
                               std::filesystem::perms::owner_all);
  const auto refused
      = embedded_server::start(options, [](auto, const auto&) {});
  REQUIRE(!refused.has_value());
  CHECK(refused.error().message.contains("ended with status 3: no such thing"));
}

TEST_CASE("a folder with quotes and blanks in its name is no obstacle") {
  const auto directory = temporary_directory{};
  auto options = in(directory);
  options.directory = (directory.path() / R"(a "b\ $c)").string();
  const auto server
      = must(embedded_server::start(options, [](auto, const auto&) {}));
  CHECK(serves(server->url()));
  CHECK(std::filesystem::exists(options.directory + "/jetstream"));
}

} // namespace sluice::tests
