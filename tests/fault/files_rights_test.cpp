#include "tests/fault/two_databases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <unistd.h>

/// Files and folders that Sluice's user may not touch.
namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

constexpr auto somebody_else = uid_t{54'321};

/// Root may touch everything by its capabilities: without them it is a user
/// like any other, as in the container.
std::vector<std::string> ordinary_user() {
  if (::geteuid() != 0)
    return {};
  return {"/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all"};
}

two_databases server_of_ordinary_user(std::vector<std::string> options = {}) {
  return two_databases{std::move(options), ordinary_user()};
}

/// Takes the rights away, and gives them back when it goes. As root it gives
/// the file to somebody else, as a program would that was run by the wrong
/// user.
class taken_rights {
public:
  taken_rights(fs::path path, fs::perms left)
      : path_{std::move(path)}, before_{fs::status(path_).permissions()} {
    if (::geteuid() == 0)
      REQUIRE(::chown(path_.c_str(), somebody_else, somebody_else) == 0);
    fs::permissions(path_, left);
  }
  ~taken_rights() {
    if (::geteuid() == 0)
      static_cast<void>(::chown(path_.c_str(), 0, 0));
    auto ignored = std::error_code{};
    fs::permissions(path_, before_, ignored);
  }
  taken_rights(const taken_rights&) = delete;
  taken_rights& operator=(const taken_rights&) = delete;

private:
  fs::path path_;
  fs::perms before_;
};

constexpr auto read_only
    = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
constexpr auto search_only = read_only | fs::perms::owner_exec
                             | fs::perms::group_exec | fs::perms::others_exec;

} // namespace

TEST_CASE("a file of the wrong owner is refused with who should own it, and "
          "served once it is right") {
  auto server = server_of_ordinary_user();
  server.must_write(50);
  server.stop();
  {
    const auto taken = taken_rights{server.file(), fs::perms::none};
    server.start();
    const auto failure = server.write(1);
    CHECK(failure.starts_with("storage: "));
    CHECK(failure.contains("Permission denied"));
    CHECK(failure.contains("Sluice runs as the user with the number "
                           + std::to_string(::geteuid())));
    server.await_quarantine("its owner is the user with the number");
    CHECK(server.health("/quarantined/0/readable") == "false");
    CHECK(server.read_failure().starts_with("storage: "));
  }
  server.write_until_served();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a file that may only be read is read") {
  auto server = server_of_ordinary_user();
  server.must_write(50);
  server.stop();
  {
    const auto taken = taken_rights{server.file(), read_only};
    server.start();
    CHECK(server.write(1).contains("cannot be written to"));
    server.await_quarantine("cannot be written to");
    CHECK(server.health("/quarantined/0/readable") == "true");
    CHECK(server.rows() == server.acknowledged());
  }
  // SQLite has made these like the file was.
  server.await_quarantine("-wal cannot be written to");
  for (const auto* suffix : {".sqlite-wal", ".sqlite-shm"})
    fs::permissions(server.file(suffix), fs::perms::owner_write,
                    fs::perm_options::add);
  server.write_until_served();
  server.check_other();
}

TEST_CASE("a folder of databases that becomes read-only stops new databases, "
          "not those that are open") {
  auto server = server_of_ordinary_user();
  server.must_write(50);
  {
    const auto taken = taken_rights{server.databases_folder(), search_only};
    server.must_write(50);
    const auto made = server.remote->request("sluice.databases.create",
                                             R"({"name":"new"})");
    CHECK(made.code() == "storage");
    CHECK(made.at("/error").contains("Permission denied"));
    CHECK(server.remote->request("sluice.databases.get", R"({"name":"new"})")
              .code()
          == "not_found");
  }
  server.remote->create_database("new");
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a data folder that cannot be written to is refused with what to "
          "do") {
  auto server = server_of_ordinary_user();
  server.must_write(50);
  server.stop();
  for (const auto& folder :
       {fs::path{server.process.data()}, server.databases_folder()}) {
    CAPTURE(folder);
    const auto taken = taken_rights{folder, search_only};
    server.process.launch();
    CHECK(server.process.wait() == 1);
    CHECK(server.process.out().empty());
    CHECK(server.process.log().contains("cannot write to the folder "
                                        + folder.string()));
    CHECK(server.process.log().contains("Permission denied"));
    CHECK(server.process.log().contains("give its owner's rights to the user"));
  }
  server.start();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

TEST_CASE("a catalogue of the wrong owner is refused with who should own it") {
  auto server = server_of_ordinary_user();
  server.must_write(50);
  server.stop();
  for (const auto left : {fs::perms::none, read_only}) {
    const auto taken = taken_rights{
        fs::path{server.process.data()} / "catalogue.sqlite", left};
    server.process.launch();
    CHECK(server.process.wait() == 1);
    CHECK(server.process.out().empty());
    CHECK(server.process.log().contains("catalogue.sqlite"));
    CHECK(server.process.log().contains("its owner is the user with the "
                                        "number"));
  }
  server.start();
  CHECK(server.rows() == server.acknowledged());
  server.check_other();
}

} // namespace sluice::tests
