#include "tests/integration/server/app_server.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

/// `sluice serve`: how it starts, or why not.
namespace sluice::tests {

namespace {

using start_mode = sluice_process::start_mode;

/// Of a start that must fail.
struct refused_start {
  int status = 0;
  std::string out;
  std::string log;
};

refused_start start_refused(std::vector<std::string> options) {
  auto process = sluice_process{std::move(options), start_mode::launch};
  auto result = refused_start{};
  result.status = process.wait();
  result.out = process.out();
  result.log = process.log();
  return result;
}

} // namespace

TEST_CASE("standard output says ready and standard error has the log") {
  auto app = app_server{};
  const auto out = app.process.out();
  CHECK(out
        == "ready " + app.process.url() + " data " + app.process.data() + "\n");
  CHECK(app.process.url().starts_with("nats://127.0.0.1:"));
  CHECK(app.process.log().contains("nats-server runs at"));
  CHECK(app.process.log().contains("serves sluice.> at"));
  CHECK(app.process.stop() == 0);
  CHECK(app.process.out() == out);
  CHECK(app.process.log().contains("stopped"));
}

TEST_CASE("hints stand behind the line ready") {
  auto process = sluice_process{{"--hints"}};
  wait_until("the hints are printed", std::chrono::seconds{20}, [&process] {
    return process.out().contains("Control-C stops it.");
  });
  CHECK(process.out().starts_with("ready "));
  CHECK(process.out().contains(" db create app --nats-url " + process.url()));
}

TEST_CASE("each line of a JSON log is an object") {
  auto process = sluice_process{{"--log-format", "json"}};
  REQUIRE(process.stop() == 0);
  auto lines = std::ifstream{process.data() + "/../log"};
  auto count = 0;
  for (auto line = std::string{}; std::getline(lines, line); ++count) {
    CAPTURE(line);
    CHECK(line.starts_with("{"));
    CHECK(line.ends_with("}"));
  }
  CHECK(count >= 2);
}

TEST_CASE("the prefix of the subjects can be chosen") {
  auto process = sluice_process{{"--nats-subject-prefix", "my.sluice"}};
  auto remote = client{process.url()};
  CHECK(remote.request("my.sluice.health", "").at("/success") == "true");
  CHECK(remote.request("my.sluice.databases.create", R"({"name":"a"})")
            .code()
            .empty());
  CHECK(remote.request("my.sluice.db.a.query", query_body("SELECT 1 AS x"))
            .at("/results")
        == R"([{"x":1}])");
}

TEST_CASE("the soft limit of open files is raised to the hard one") {
  auto process = sluice_process{
      {}, start_mode::later, {"/usr/bin/prlimit", "--nofile=100:"}};
  process.start();
  auto limit = rlimit{};
  REQUIRE(::prlimit(process.id(), RLIMIT_NOFILE, nullptr, &limit) == 0);
  CHECK(limit.rlim_cur == std::min(limit.rlim_max, rlim_t{1'048'576}));
  CHECK(process.stop() == 0);
}

TEST_CASE("a limit of open files that may not do is told in the log") {
  auto process = sluice_process{
      {}, start_mode::later, {"/usr/bin/prlimit", "--nofile=150:150"}};
  process.start();
  CHECK(process.log().contains("at most 150 files may be open"));
  CHECK(process.log().contains("databases.writers_max = 1000"));
  CHECK(process.stop() == 0);
}

TEST_CASE("a data folder serves one Sluice at a time") {
  auto first = app_server{};
  const auto second = start_refused({"--data", first.process.data()});
  CHECK(second.status == 1);
  CHECK(second.out.empty());
  CHECK(second.log.contains("another Sluice has it"));
  CHECK(second.log.contains(first.process.data()));
  CHECK(first.results("SELECT 1 AS x") == R"([{"x":1}])");
}

TEST_CASE("a data folder that cannot be is refused with its name") {
  const auto directory = temporary_directory{};
  const auto file = directory.path() / "file";
  std::ofstream{file} << "not a folder";
  // The second is one that not even root may write to.
  for (const auto& folder : {(file / "data").string(), file.string(),
                             std::string{"/proc/sluice-data"}}) {
    CAPTURE(folder);
    const auto start = start_refused({"--data", folder});
    CHECK(start.status == 1);
    CHECK(start.out.empty());
    CHECK(start.log.contains("cannot start: "));
    CHECK(start.log.contains(folder));
  }
}

TEST_CASE("a data folder without the right to write is refused") {
  if (::geteuid() == 0)
    SKIP("root may write everywhere");
  const auto directory = temporary_directory{};
  namespace fs = std::filesystem;
  fs::permissions(directory.path(),
                  fs::perms::owner_read | fs::perms::owner_exec);
  const auto start = start_refused({"--data", directory.path().string()});
  CHECK(start.status == 1);
  CHECK(start.log.contains(directory.path().string()));
  fs::permissions(directory.path(), fs::perms::owner_all);
}

TEST_CASE("a catalogue that is no database is refused with its name") {
  auto process = sluice_process{{}, start_mode::later};
  std::filesystem::create_directories(process.data());
  const auto file = process.data() + "/catalogue.sqlite";
  std::ofstream{file} << std::string(8192, 'x');
  process.launch();
  CHECK(process.wait() == 1);
  CHECK(process.out().empty());
  CHECK(process.log().contains("catalogue"));
  // What may be somebody's only copy is left alone.
  CHECK(read_text_file(file) == std::string(8192, 'x'));
}

TEST_CASE("without the program nats-server the message says what to do") {
  const auto by_name = start_refused({"--nats-server-program", "nats-servre"});
  CHECK(by_name.status == 1);
  CHECK(by_name.out.empty());
  CHECK(by_name.log.contains("there is no program nats-servre"));
  CHECK(by_name.log.contains("--nats-url"));
  const auto by_path
      = start_refused({"--nats-server-program", "/nowhere/nats-server"});
  CHECK(by_path.status == 1);
  CHECK(by_path.log.contains("cannot run /nowhere/nats-server"));
}

TEST_CASE("a program that is no nats-server is found out") {
  const auto start = start_refused({"--nats-server-program", "/bin/false"});
  CHECK(start.status == 1);
  CHECK(start.out.empty());
  CHECK(start.log.contains("/bin/false ended with status 1"));
}

TEST_CASE("a taken port that was asked for is refused") {
  auto other = sluice_process{};
  const auto address = other.url().substr(std::string{"nats://"}.size());
  const auto start = start_refused({"--nats-listen", address});
  CHECK(start.status == 1);
  CHECK(start.out.empty());
  CHECK(start.log.contains("cannot listen on " + address));
  CHECK(start.log.contains("--nats-listen"));
}

TEST_CASE("an address that is none is refused") {
  const auto start = start_refused({"--nats-listen", "somewhere"});
  CHECK(start.status == 2);
  CHECK(start.log.contains("nats.listen"));
}

} // namespace sluice::tests
