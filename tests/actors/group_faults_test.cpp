#include "storage/connection.hpp"
#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/failing_vfs.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sqlite3.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// Every write, sync and truncate of some groups of writes fails in turn. After
/// each group the files are looked at as a crash would leave them.
namespace sluice::tests {

namespace {

constexpr auto insert_small = "INSERT INTO t VALUES (";

/// How often each row is there, by its number.
using row_counts = std::map<std::int64_t, std::int64_t>;

/// What SQLite makes of copies of a database's file and its WAL.
row_counts read_copy(const std::string& path, const std::string& copy) {
  for (const auto* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(copy + suffix);
  for (const auto* suffix : {"", "-wal"})
    if (std::filesystem::exists(path + suffix))
      std::filesystem::copy_file(path + suffix, copy + suffix);
  auto* opened = static_cast<sqlite3*>(nullptr);
  REQUIRE(sqlite3_open(copy.c_str(), &opened) == SQLITE_OK);
  const auto owner = storage::connection_handle{opened};
  REQUIRE(sqlite3_exec(opened, "PRAGMA synchronous = OFF", nullptr, nullptr,
                       nullptr)
          == SQLITE_OK);
  auto result = row_counts{};
  const auto each = [](void* rows, int, char** values, char**) {
    ++(*static_cast<row_counts*>(rows))[std::stoll(values[0])];
    return 0;
  };
  REQUIRE(sqlite3_exec(opened, "SELECT id FROM t", each, &result, nullptr)
          == SQLITE_OK);
  auto verdict = std::string{};
  const auto keep = [](void* text, int, char** values, char**) {
    *static_cast<std::string*>(text) += values[0];
    return 0;
  };
  REQUIRE(
      sqlite3_exec(opened, "PRAGMA integrity_check", keep, &verdict, nullptr)
      == SQLITE_OK);
  CHECK(verdict == "ok");
  return result;
}

// The VFS must outlive the actors' connections.
struct group_faults : failing_vfs, deterministic_system {
  group_faults() {
    settings.durability = config::durability::full;
    // Each group ends with a checkpoint, which the large one makes empty the
    // WAL.
    settings.writer.checkpoint_pages = 2;
    open_database();
    must_write(database, "CREATE TABLE t(id INTEGER, x)");
  }

  void open_database() {
    database = open(uuid_a, "app", failing_vfs::name());
    run();
  }

  std::string send_insert(std::int64_t id, std::string_view value) {
    auto subject = "s" + std::to_string(++sent);
    auto work = make_query(subject, insert_small + std::to_string(id) + ", "
                                        + std::string{value} + ")");
    work->identity = {std::to_string(id), {{std::byte{1}}}};
    send(database, std::move(work));
    return subject;
  }

  /// Sends three writes, one of which is large, which make one group; and one
  /// that fails alone.
  void write_group(std::string_view large) {
    auto subjects = std::map<std::int64_t, std::string>{};
    for (const auto value :
         {std::string_view{"1"}, large, std::string_view{"2"}}) {
      subjects[next_id] = send_insert(next_id, value);
      ++next_id;
    }
    send(database, make_query("f" + std::to_string(++sent),
                              "INSERT INTO t VALUES (-1, 1), (-2, "
                              "abs(-9223372036854775807 - 1))"));
    run();
    for (const auto& [id, subject] : subjects) {
      const auto reply = sink.only(subject);
      if (reply.succeeded())
        acknowledged.push_back(id);
      else if (reply.body.contains("not known"))
        unknown.push_back(id);
      else
        refused.push_back(id);
    }
  }

  /// A crash now would keep every promise.
  void check_promises() {
    const auto rows = read_copy(directory.database_path(uuid_a),
                                (folder.path() / "copy.sqlite").string());
    auto known = std::size_t{0};
    for (const auto id : acknowledged) {
      INFO("acknowledged " << id);
      CHECK(rows.contains(id));
      known += rows.contains(id) ? 1 : 0;
    }
    for (const auto id : refused) {
      INFO("refused " << id);
      CHECK_FALSE(rows.contains(id));
    }
    for (const auto id : unknown)
      known += rows.contains(id) ? 1 : 0;
    for (const auto& [id, count] : rows)
      CHECK(count == 1);
    CHECK(rows.size() == known);
  }

  /// Sends what was not acknowledged again, with the same ids.
  void retry() {
    auto again = refused;
    again.insert(again.end(), unknown.begin(), unknown.end());
    refused.clear();
    unknown.clear();
    for (const auto id : again) {
      const auto subject = send_insert(id, "1");
      run();
      INFO(sink.only(subject).body);
      CHECK(sink.only(subject).succeeded());
      acknowledged.push_back(id);
    }
  }

  actors::open_database_ptr database;
  std::vector<std::int64_t> acknowledged;
  std::vector<std::int64_t> refused;
  std::vector<std::int64_t> unknown;
  std::int64_t next_id = 1;
  std::size_t sent = 0;
};

} // namespace

TEST_CASE("whichever write, sync or truncate of a group fails, what was "
          "acknowledged is there after a crash and what was refused is not",
          "[actors][writer][fault]") {
  const auto fault = GENERATE(operation_fault::refused, operation_fault::torn,
                              operation_fault::full);
  const auto is_lasting = GENERATE(false, true);
  auto refusals = std::size_t{0};
  auto number = std::size_t{1};
  for (auto is_over = false; !is_over; ++number) {
    INFO("fault " << static_cast<int>(fault) << ", lasting " << is_lasting
                  << ", operation " << number);
    auto test = group_faults{};
    test.fail_operation(number, fault, is_lasting);
    for (const auto* large : {"1", "zeroblob(9000)", "zeroblob(100000)", "2"}) {
      test.write_group(large);
      test.check_promises();
    }
    test.shut(test.database);
    test.check_promises();
    is_over = test.operations() < number;
    CHECK((is_lasting || test.unknown.empty()));
    refusals += test.refused.size() + test.unknown.size();
    test.repair();
    CHECK(test.told.broken.empty());
    test.open_database();
    test.retry();
    test.check_promises();
    CHECK(test.acknowledged.size() == 12);
  }
  // As many as there are, in a run without any fault.
  CHECK(number > 30);
  CHECK(refusals > 30);
}

} // namespace sluice::tests
