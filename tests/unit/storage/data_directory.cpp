#include "storage/data_directory.hpp"

#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

std::string message_of(const codec::result<data_directory>& opened) {
  if (opened)
    return "opened";
  return opened.error().code == codec::error_code::storage
             ? opened.error().message
             : "not a storage error: " + opened.error().message;
}

void make_file(const fs::path& path, std::string_view content = "x") {
  auto out = std::ofstream{path};
  out << content;
}

fs::perms mode_of(const fs::path& path) {
  return fs::status(path).permissions();
}

} // namespace

TEST_CASE("a data folder is made where it is missing, for its owner only",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  // However the path is written.
  for (const auto* name : {"a", "b/", "c/d/e", "f//"}) {
    CAPTURE(name);
    const auto path = folder.path().string() + "/" + name;
    const auto opened = data_directory::open(path);
    REQUIRE(message_of(opened) == "opened");
    CHECK(mode_of(path) == fs::perms::owner_all);
    CHECK(mode_of(fs::path{path} / "databases") == fs::perms::owner_all);
    CHECK(mode_of(fs::path{path} / "lock")
          == (fs::perms::owner_read | fs::perms::owner_write));
  }
}

TEST_CASE("the mode of a folder that exists is left alone",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto mode = fs::perms::owner_all | fs::perms::group_read;
  fs::permissions(folder.path(), mode);
  REQUIRE(message_of(data_directory::open(folder.path().string())) == "opened");
  CHECK(mode_of(folder.path()) == mode);
}

TEST_CASE("a data folder is locked against a second Sluice",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto path = folder.path().string();
  {
    auto first = data_directory::open(path);
    REQUIRE(message_of(first) == "opened");
    CHECK(message_of(data_directory::open(path))
          == "cannot use the data folder " + path
                 + ": another Sluice has it; stop that one, or name another "
                   "folder with --data");
    // The lock goes along with the object.
    const auto moved = std::move(*first);
    CHECK(message_of(data_directory::open(path)) != "opened");
  }
  CHECK(message_of(data_directory::open(path)) == "opened");
}

TEST_CASE("a lock is freed by the folder that takes the object's place",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto a = (folder.path() / "a").string();
  auto held = data_directory::open(a);
  REQUIRE(message_of(held) == "opened");
  *held = std::move(*data_directory::open((folder.path() / "b").string()));
  CHECK(message_of(data_directory::open(a)) == "opened");
}

TEST_CASE("a path that cannot be a folder is an error that says what to do",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto file = folder.path() / "file";
  make_file(file);
  for (const auto& path : {file, file / "below", fs::path{"/proc/sluice"}}) {
    CAPTURE(path);
    const auto message = message_of(data_directory::open(path.string()));
    CHECK(message.starts_with("cannot create the folder " + path.string()
                              + ": "));
    CHECK(message.ends_with("name another folder with --data"));
  }
}

TEST_CASE("a folder that cannot be written is an error that says what to do",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  // Root may write anywhere, but not to what is a folder.
  fs::create_directories(folder.path() / "lock");
  const auto message = message_of(data_directory::open(folder.path().string()));
  CHECK(message.starts_with("cannot write to the data folder "
                            + folder.path().string() + ": "));
  CHECK(message.ends_with("or name another folder with --data"));
}

TEST_CASE("every database has a file of its own", "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto opened = data_directory::open(folder.path().string());
  REQUIRE(opened);
  const auto root = folder.path().string();
  CHECK(opened->catalogue_path() == root + "/catalogue.sqlite");
  CHECK(opened->database_path("u1") == root + "/databases/u1.sqlite");
  CHECK(opened->nats_path() == root + "/nats");
}

TEST_CASE("the size of a file that is not there is 0",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto opened = data_directory::open(folder.path().string());
  REQUIRE(opened);
  CHECK(opened->file_size("u1") == 0);
  make_file(opened->database_path("u1"), "12345");
  CHECK(opened->file_size("u1") == 5);
}

TEST_CASE("remove_database removes its files and no others",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto opened = data_directory::open(folder.path().string());
  REQUIRE(opened);
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) {
    make_file(opened->database_path("u1") + suffix);
    make_file(opened->database_path("u2") + suffix);
  }
  REQUIRE(opened->remove_database("u1"));
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) {
    CHECK_FALSE(fs::exists(opened->database_path("u1") + suffix));
    CHECK(fs::exists(opened->database_path("u2") + suffix));
  }
  // A removal that was cut off is done again.
  CHECK(opened->remove_database("u1"));
}

TEST_CASE("a file that cannot be removed is a storage error",
          "[storage][data_directory]") {
  const auto folder = tests::temporary_directory{};
  const auto opened = data_directory::open(folder.path().string());
  REQUIRE(opened);
  const auto path = opened->database_path("u1") + "-wal";
  fs::create_directories(path + "/full");
  const auto removed = opened->remove_database("u1");
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == codec::error_code::storage);
  CHECK(removed.error().message.starts_with("cannot remove " + path + ": "));
}

} // namespace sluice::storage
