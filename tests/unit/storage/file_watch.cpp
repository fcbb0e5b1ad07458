#include "storage/file_watch.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

namespace sluice::storage {

namespace {

namespace fs = std::filesystem;

/// A database whose files are watched.
struct watched_database {
  test_database database = test_database{};
  fs::path file{database.path()};
  fs::path wal{database.path() + "-wal"};
  file_watch watch = start();

  file_watch start() {
    REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
    auto started = file_watch::start(database.writer());
    REQUIRE(started);
    return std::move(*started);
  }
  void write() {
    REQUIRE(database.write("INSERT INTO t VALUES (zeroblob(20000))").failure()
            == "none");
  }
  void checkpoint(connection::checkpoint_mode mode) {
    REQUIRE(database.writer().checkpoint(mode));
  }
};

void check_loss(const std::optional<file_loss>& found, loss_kind kind,
                const std::string& words) {
  REQUIRE(found);
  CHECK(found->kind == kind);
  CAPTURE(found->message);
  CHECK(found->message.contains(words));
}

} // namespace

TEST_CASE("what SQLite does to its files is no loss", "[storage][file_watch]") {
  auto x = watched_database{};
  for (auto i = 0; i < 5; ++i) {
    x.write();
    CHECK_FALSE(x.watch.look());
    x.checkpoint(i % 2 == 0 ? connection::checkpoint_mode::passive
                            : connection::checkpoint_mode::truncate);
    x.watch.settle();
    CHECK_FALSE(x.watch.look());
  }
  REQUIRE(x.database.write("PRAGMA user_version = 7").failure() == "none");
  REQUIRE(x.database.write("DELETE FROM t").failure() == "none");
  x.checkpoint(connection::checkpoint_mode::truncate);
  x.watch.settle();
  CHECK_FALSE(x.watch.look());
}

TEST_CASE("a file that was removed, or moved, is a loss",
          "[storage][file_watch]") {
  auto x = watched_database{};
  const auto away = fs::path{x.file.string() + ".away"};
  fs::rename(x.file, away);
  check_loss(x.watch.look(), loss_kind::removed, "test.sqlite was removed");
  // It is the same again.
  fs::rename(away, x.file);
  CHECK_FALSE(x.watch.look());
  fs::rename(x.file.parent_path(), x.file.parent_path().string() + "-gone");
  check_loss(x.watch.look(), loss_kind::removed, "was removed");
  fs::rename(x.file.parent_path().string() + "-gone", x.file.parent_path());
}

TEST_CASE("a file that was replaced is a loss, however equal the other one is",
          "[storage][file_watch]") {
  auto x = watched_database{};
  const auto other = fs::path{x.file.string() + ".other"};
  fs::copy(x.file, other);
  fs::rename(other, x.file);
  check_loss(x.watch.look(), loss_kind::removed, "was replaced");
}

TEST_CASE("a file that was cut off, or overwritten at its begin, is damaged",
          "[storage][file_watch]") {
  auto x = watched_database{};
  x.write();
  x.checkpoint(connection::checkpoint_mode::truncate);
  x.watch.settle();
  const auto bytes = fs::file_size(x.file);
  fs::resize_file(x.file, bytes - 1);
  check_loss(x.watch.look(), loss_kind::damaged, "was cut off");
  fs::resize_file(x.file, 0);
  check_loss(x.watch.look(), loss_kind::damaged, "was cut off");
  // As long as it was, but of nothing.
  fs::resize_file(x.file, bytes);
  check_loss(x.watch.look(), loss_kind::damaged, "was overwritten");
}

TEST_CASE("a WAL that was removed, replaced or cut off is a loss",
          "[storage][file_watch]") {
  auto x = watched_database{};
  x.write();
  REQUIRE_FALSE(x.watch.look());
  const auto away = fs::path{x.wal.string() + ".away"};
  fs::copy(x.wal, away);
  const auto bytes = fs::file_size(x.wal);
  fs::resize_file(x.wal, bytes - 1);
  check_loss(x.watch.look(), loss_kind::wal_cut, "test.sqlite-wal was cut off");
  fs::remove(x.wal);
  check_loss(x.watch.look(), loss_kind::wal_taken, "was removed");
  fs::rename(away, x.wal);
  check_loss(x.watch.look(), loss_kind::wal_taken, "was replaced");
  // What happened to the file counts more.
  fs::remove(x.file);
  check_loss(x.watch.look(), loss_kind::removed, "test.sqlite was removed");
}

TEST_CASE("a file's number is its own while it is open",
          "[storage][file_watch]") {
  const auto x = watched_database{};
  CHECK(file_number(x.file.string()) == x.watch.number());
  CHECK(file_number(x.wal.string()) == x.watch.wal_number());
  CHECK(x.watch.number() != x.watch.wal_number());
  fs::remove(x.file);
  CHECK(file_number(x.file.string()) == 0);
}

} // namespace sluice::storage
