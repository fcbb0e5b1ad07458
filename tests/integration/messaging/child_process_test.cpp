#include "messaging/child_process.hpp"
#include "tests/integration/messaging/connections.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace sluice::tests {

namespace {

using messaging::child_process;

/// A shell that runs a line, with its output in a file.
struct shell {
  child_process start(const std::string& line) const {
    return must(child_process::start("/bin/sh", {"-c", line}, file()));
  }
  [[nodiscard]] std::string file() const {
    return (directory.path() / "output").string();
  }
  [[nodiscard]] std::string output() const {
    return read_text_file(file());
  }

  temporary_directory directory;
};

} // namespace

TEST_CASE("a child's output and status are kept") {
  const auto sh = shell{};
  auto first = sh.start("echo out; echo err >&2; exit 3");
  REQUIRE(first.wait(patience));
  CHECK(first.exit_status() == 3);
  CHECK(first.ending() == "ended with status 3");
  CHECK(sh.output() == "out\nerr\n");
  auto second = sh.start("echo more");
  REQUIRE(second.wait(patience));
  CHECK(second.exit_status() == 0);
  CHECK(sh.output() == "out\nerr\nmore\n");
}

TEST_CASE("a child that a signal ended tells so") {
  const auto sh = shell{};
  auto child = sh.start("kill -9 $$");
  REQUIRE(child.wait(patience));
  CHECK(child.ending() == "was ended by signal 9");
  CHECK(child.exit_status() == 137);
}

TEST_CASE("a wait ends with its time while the child goes on") {
  const auto sh = shell{};
  auto child = sh.start("exec sleep 1000");
  CHECK(!child.wait({}));
  CHECK(!child.wait(std::chrono::milliseconds{50}));
  child.stop(patience);
  CHECK(child.wait({}));
  CHECK(child.ending() == "was ended by signal 15");
}

TEST_CASE("a child that does not listen is killed") {
  const auto sh = shell{};
  auto child = sh.start("trap '' TERM; echo ready; while :; do sleep 1; done");
  wait_until("it has set the trap", patience,
             [&sh] { return sh.output() == "ready\n"; });
  child.stop(std::chrono::milliseconds{50});
  CHECK(child.wait({}));
  CHECK(child.ending() == "was ended by signal 9");
}

TEST_CASE("a child ends with its object") {
  const auto sh = shell{};
  auto id = pid_t{0};
  {
    auto child = sh.start("exec sleep 1000");
    id = child.id();
    CHECK(::kill(id, 0) == 0);
  }
  CHECK(::kill(id, 0) != 0);
}

TEST_CASE("a child ends with the thread that started it") {
  const auto sh = shell{};
  auto child = child_process{};
  std::thread{[&child, &sh] {
    child = sh.start("echo ready; exec sleep 1000");
    wait_until("it runs", patience, [&sh] { return sh.output() == "ready\n"; });
  }}.join();
  REQUIRE(child.wait(patience));
  CHECK(child.ending() == "was ended by signal 15");
}

TEST_CASE("a child has a process group of its own and no signal blocked") {
  const auto sh = shell{};
  auto set = sigset_t{};
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  auto child = sh.start("kill -TERM $$; sleep 1000");
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  REQUIRE(child.wait(patience));
  CHECK(child.ending() == "was ended by signal 15");
  auto other = sh.start("exec sleep 1000");
  wait_until("it has its group", patience,
             [&other] { return ::getpgid(other.id()) == other.id(); });
}

TEST_CASE("a child that is moved belongs to the new object") {
  const auto sh = shell{};
  auto first = sh.start("exit 5");
  auto second = std::move(first);
  auto third = child_process{};
  third = std::move(second);
  REQUIRE(third.wait(patience));
  CHECK(third.exit_status() == 5);
}

TEST_CASE("a program that cannot run ends with the shell's status for that") {
  const auto sh = shell{};
  auto child = must(child_process::start("/nowhere/program", {}, sh.file()));
  REQUIRE(child.wait(patience));
  CHECK(child.exit_status() == 127);
  const auto refused = child_process::start("/bin/true", {}, "/nowhere/output");
  REQUIRE(!refused.has_value());
  CHECK(refused.error().message.contains("/nowhere/output"));
}

TEST_CASE("a program is found by its name, or is its path") {
  CHECK(must(messaging::find_program("sh")).ends_with("/sh"));
  CHECK(must(messaging::find_program("/bin/sh")) == "/bin/sh");
  // Where only root's PATH looks.
  CHECK(must(messaging::find_program("nats-server")).ends_with("/nats-server"));
  for (const auto* missing : {"no-such-program", "/bin/no-such-program"}) {
    const auto got = messaging::find_program(missing);
    REQUIRE(!got.has_value());
    CHECK(got.error().message.contains(missing));
  }
}

} // namespace sluice::tests
