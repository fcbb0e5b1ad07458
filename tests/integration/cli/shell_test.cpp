#include "tests/integration/cli/cli_process.hpp"
#include "tests/support/client.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/sluice_process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

/// `sluice shell`, on a pipe and on a terminal.
namespace sluice::tests {

namespace {

/// The shell on a terminal of its own, and who types there.
class terminal_session {
public:
  /// @param columns 0: the terminal does not know its size.
  terminal_session(const std::string& url, const std::string& home,
                   unsigned short columns = 80) {
    auto size = winsize{
        .ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    child_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (child_ < 0)
      throw std::runtime_error{"cannot make a terminal"};
    if (child_ == 0) {
      ::setenv("HOME", home.c_str(), 1);
      ::setenv("TERM", "xterm", 1);
      ::execl(SLUICE_PROGRAM, SLUICE_PROGRAM, "shell", "app", "--nats-url",
              url.c_str(), nullptr);
      ::_exit(127);
    }
  }
  terminal_session(const terminal_session&) = delete;
  terminal_session& operator=(const terminal_session&) = delete;
  ~terminal_session() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(terminal_);
  }

  void type(const std::string& keys) const {
    if (::write(terminal_, keys.data(), keys.size())
        != static_cast<ssize_t>(keys.size()))
      throw std::runtime_error{"cannot type"};
  }

  /// Waits until the screen has shown a text since the last one waited for.
  /// @return what was shown up to there.
  std::string expect(const std::string& text) {
    const auto until
        = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (true) {
      if (const auto at = shown_.find(text); at != std::string::npos) {
        auto result = shown_.substr(0, at + text.size());
        shown_.erase(0, at + text.size());
        return result;
      }
      if (std::chrono::steady_clock::now() >= until)
        throw std::runtime_error{"not shown: " + text + " in: " + shown_};
      read_more();
    }
  }

  /// Its exit status, when it has ended by itself.
  int wait() {
    auto status = 0;
    wait_until("the shell has ended", std::chrono::seconds{30}, [&] {
      read_more();
      return ::waitpid(child_, &status, WNOHANG) == child_;
    });
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

private:
  void read_more() {
    auto waiting = pollfd{.fd = terminal_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 50) <= 0)
      return;
    auto buffer = std::array<char, 4'096>{};
    const auto bytes = ::read(terminal_, buffer.data(), buffer.size());
    if (bytes > 0)
      shown_.append(buffer.data(), static_cast<std::size_t>(bytes));
  }

  int terminal_ = -1;
  pid_t child_ = -1;
  std::string shown_;
};

struct shell_fixture {
  shell_fixture() {
    auto remote = client{server.url()};
    remote.create_database("app");
    remote.run("app", "CREATE TABLE persons(id INTEGER PRIMARY KEY, name)");
    remote.run("app", "INSERT INTO persons(name) VALUES ('Ann'), ('Bob')");
  }
  cli_outcome run(const std::string& input,
                  std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"shell", "app", "--nats-url", server.url()});
    return run_cli(words, input);
  }

  sluice_process server;
  temporary_directory home;
};

} // namespace

TEST_CASE_METHOD(shell_fixture, "the shell executes what a pipe brings") {
  const auto got = run("SELECT name\nFROM persons\nWHERE id = 1;\n"
                       ".mode csv\nSELECT * FROM persons",
                       {"--table"});
  CHECK(got.status == 0);
  CHECK(got.err.empty());
  CHECK(got.out.starts_with("name\n----\nAnn\n1 row in "));
  CHECK(got.out.ends_with("id,name\r\n1,Ann\r\n2,Bob\r\n"));
  // For programs it is JSON.
  CHECK(run("SELECT 1 AS x;").out.starts_with("[\n  {\n    \"success\": true"));
  const auto failed = run("SELECT 1;\nSELECT missing;\nSELECT 2;\n");
  CHECK(failed.status == 1);
  CHECK(failed.err.starts_with("sluice: no such column: missing"));
  CHECK_FALSE(failed.out.contains("\"2\": 2"));
  CHECK(run_cli({"shell", "none", "--nats-url", server.url()}).status == 1);
}

TEST_CASE_METHOD(shell_fixture, "a result larger than a message is shown") {
  const auto got = run(
      ".mode csv\nWITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
      "FROM c WHERE i < 300000) SELECT i FROM c;\n");
  CHECK(got.status == 0);
  CHECK(got.out.starts_with("i\r\n1\r\n2\r\n"));
  CHECK(got.out.ends_with("\r\n299999\r\n300000\r\n"));
}

TEST_CASE_METHOD(shell_fixture, "on a terminal the shell edits and completes") {
  {
    auto session = terminal_session{server.url(), home.path().string()};
    session.expect("app> ");
    session.type("sel\tname from per\twhere id = 2;\r");
    CHECK(session.expect("1 row in").contains("Bob"));
    session.expect("app> ");
    // A statement over lines.
    session.type("SELECT count(*)\r");
    session.expect("-> ");
    session.type("AS n FROM persons;\r");
    session.expect("1 row in");
    session.expect("app> ");
    // A word with several meanings.
    session.type("SELECT * FROM pers\t;\r");
    CHECK(session.expect("2 rows in").contains("Ann"));
    session.expect("app> ");
    session.type(".tab\t\r");
    session.expect("persons");
    session.expect("app> ");
    session.type(".quit\r");
    CHECK(session.wait() == 0);
  }
  const auto history = home.path() / ".sluice_history";
  CHECK(read_text_file(history.string()).contains(".tables"));
  CHECK(std::filesystem::status(history).permissions()
        == (std::filesystem::perms::owner_read
            | std::filesystem::perms::owner_write));
  // The next one remembers.
  auto session = terminal_session{server.url(), home.path().string()};
  session.expect("app> ");
  session.type("\x1b[A\x1b[A\x1b[A");
  session.expect("persons");
  session.type("\r");
  session.expect("2 rows in");
  session.expect("app> ");
  session.type("\x04");
  CHECK(session.wait() == 0);
}

TEST_CASE_METHOD(shell_fixture,
                 "what others have stored does not command the terminal") {
  client{server.url()}.run("app", "CREATE TABLE bad(x DEFAULT '\x1b]0;t\x07')");
  auto session = terminal_session{server.url(), home.path().string(), 0};
  session.expect("app> ");
  session.type(".schema bad\r");
  CHECK_FALSE(session.expect("'\\x1b]0;t\\x07'").contains("\x1b]0;t"));
  session.expect("app> ");
  session.type(".mode csv\r");
  session.expect("app> ");
  session.type("SELECT char(27, 93, 48, 59, 117, 7) AS y;\r");
  CHECK_FALSE(session.expect("\\x1b]0;u\\x07").contains("\x1b]0;u"));
  session.expect("app> ");
  session.type(".mode json\r");
  session.expect("app> ");
  session.type("SELECT char(155, 8238) AS z;\r");
  session.expect("\"\\u009b\\u202e\"");
}

TEST_CASE_METHOD(shell_fixture, "Control-C gives a line up, and a wait") {
  auto session = terminal_session{server.url(), home.path().string()};
  session.expect("app> ");
  session.type("SELECT 'begun");
  session.expect("begun");
  session.type("\x03");
  session.expect("app> ");
  session.type("SELECT 1\r");
  session.expect("-> ");
  session.type("\x03");
  session.expect("app> ");
  session.type("SELECT 40 + 2 AS x;\r");
  session.expect("42");
  session.expect("app> ");
  // It takes until its deadline of 30 s.
  session.type(
      "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) "
      "SELECT max(i) FROM c;\r");
  auto remote = client{server.url()};
  wait_until("the server is at it", std::chrono::seconds{10}, [&remote] {
    return remote.request("sluice.stats", "").at("/requests_in_flight") == "1";
  });
  session.type("\x03");
  session.expect("given up; whether it was executed is not known");
  session.expect("app> ");
  session.type("\x04");
  CHECK(session.wait() == 0);
}

} // namespace sluice::tests
