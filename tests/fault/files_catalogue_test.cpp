#include "tests/fault/two_databases.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

/// The file of the catalogue.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

fs::path catalogue(const two_databases& server,
                   const std::string& name = "catalogue.sqlite") {
  return fs::path{server.process.data()} / name;
}

} // namespace

TEST_CASE("without its catalogue a folder with databases is refused, and does "
          "not get an empty one") {
  auto server = two_databases{};
  server.must_write(50);
  server.stop();
  const auto away = catalogue(server, "away");
  fs::rename(catalogue(server), away);
  const auto is_empty = GENERATE(false, true);
  if (is_empty)
    overwrite_with(catalogue(server), "");
  server.process.launch();
  CHECK(server.process.wait() == 1);
  CHECK(server.process.out().empty());
  CHECK(server.process.log().contains("the catalogue is missing or empty"));
  CHECK(server.process.log().contains("put the catalogue back"));
  CHECK(read_text_file(catalogue(server)).empty());
  fs::rename(away, catalogue(server));
  server.start();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a catalogue that is cut off or overwritten is refused with what to "
          "do, and left as it is") {
  auto server = two_databases{};
  server.must_write(5);
  server.stop();
  const auto whole = read_text_file(catalogue(server));
  const auto is_cut = GENERATE(false, true);
  if (is_cut)
    fs::resize_file(catalogue(server), 5'000);
  else
    overwrite(catalogue(server), 0, whole.size());
  const auto broken = read_text_file(catalogue(server));
  server.process.launch();
  CHECK(server.process.wait() == 1);
  CHECK(server.process.out().empty());
  CHECK(server.process.log().contains("put it back from a backup"));
  CHECK(read_text_file(catalogue(server)) == broken);
  overwrite_with(catalogue(server), whole);
  server.start();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a catalogue that is removed under the server is saved, and nothing "
          "is acknowledged that it would forget") {
  auto server = two_databases{};
  server.remote->create_database("third");
  server.must_write(5);
  fs::remove(catalogue(server));
  const auto made
      = server.remote->request("sluice.databases.create", R"({"name":"new"})");
  CHECK(made.code() == "storage");
  CHECK(made.at("/error").contains("catalogue.rescued.sqlite"));
  CHECK(server.remote->request("sluice.databases.delete", R"({"name":"third"})")
            .code()
        == "storage");
  // Everything else goes on.
  server.must_write(5);
  CHECK(server.remote->request("sluice.databases.list", "{}").at("/total")
        == "3");
  server.remote->run("third", "CREATE TABLE t(x)");
  server.stop();
  CHECK_FALSE(fs::exists(catalogue(server)));
  server.process.launch();
  CHECK(server.process.wait() == 1);
  fs::rename(catalogue(server, "catalogue.rescued.sqlite"), catalogue(server));
  server.start();
  CHECK(server.rows() == server.acknowledged());
  server.remote->run("third", "INSERT INTO t VALUES (1)");
  server.remote->create_database("new");
  server.check_other();
}

} // namespace sluice::tests
