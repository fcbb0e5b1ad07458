#include "codec/json_writer.hpp"
#include "tests/integration/cli/cli_process.hpp"
#include "tests/integration/cli/dumped_database.hpp"
#include "tests/integration/cli/random_database.hpp"
#include "tests/support/client.hpp"
#include "tests/support/sluice_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>

/// Databases that nobody would make by hand, as SQL and back.
namespace sluice::tests {

namespace {

/// What the program sqlite3 makes of ends of lines, and what is closed in a
/// copy, is no difference.
std::string with_plain_ends(const std::string& content) {
  auto result = std::string{};
  for (auto i = std::size_t{0}; i < content.size(); ++i)
    if (content[i] != '\r' || i + 1 == content.size() || content[i + 1] != '\n')
      result += content[i];
  return result;
}

/// The schema's part of a content, up to the first table's rows.
std::string with_closed_comments(std::string content) {
  for (const auto* open : {" /* open *|", " /* open|", " /* '\n--|"})
    for (auto at = content.find(open); at != std::string::npos;
         at = content.find(open, at + 1))
      content.insert(at + std::string_view{open}.size() - 1, "*/");
  return content;
}

struct random_fixture {
  cli_outcome run(std::vector<std::string> words) {
    words.insert(words.end(), {"--nats-url", server.url()});
    return run_cli(words);
  }
  void make(const std::string& database, std::uint32_t seed) {
    remote.create_database(database);
    for (const auto& script : random_database{seed}.scripts()) {
      auto body = codec::json_writer{};
      body.begin_object();
      body.key("sql");
      body.text(script);
      body.end_object();
      const auto done = remote.exec(database, body.view());
      INFO(script);
      INFO(done.body());
      REQUIRE(done.header("Nats-Service-Error").empty());
    }
  }

  temporary_directory folder;
  sluice_process server;
  client remote{server.url()};
};

} // namespace

TEST_CASE_METHOD(
    random_fixture,
    "whatever a database holds, its export makes an equal one, with "
    "sqlite3 as well") {
  for (auto seed = std::uint32_t{1}; seed <= 40; ++seed) {
    CAPTURE(seed);
    const auto name = "source-" + std::to_string(seed);
    const auto copy = "copy-" + std::to_string(seed);
    make(name, seed);
    const auto sql = (folder.path() / (name + ".sql")).string();
    const auto exported = run({"export", name, "--output", sql});
    CHECK(exported.err.empty());
    REQUIRE(exported.status == 0);
    const auto before = with_closed_comments(content_of(server.url(), name));
    const auto file = (folder.path() / (name + ".sqlite")).string();
    const auto command = "sqlite3 -bail " + file + " < " + sql + " 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
    CHECK(with_plain_ends(content_of_file(file)) == with_plain_ends(before));
    remote.create_database(copy);
    const auto imported = run({"import", copy, sql});
    CHECK(imported.err.empty());
    REQUIRE(imported.status == 0);
    CHECK(content_of(server.url(), copy) == before);
  }
}

} // namespace sluice::tests
