#include "storage/disk_room.hpp"

#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/statvfs.h>

#include <filesystem>

namespace sluice::storage {

namespace {

/// More than any disk has free.
constexpr auto endless = std::uint64_t{1} << 60U;

} // namespace

TEST_CASE("without settings a disk has room, and nothing is kept of it",
          "[storage][disk_room]") {
  const auto folder = tests::temporary_directory{};
  auto room = disk_room{folder.path().string(), {0, 0}};
  const auto seen = room.look();
  CHECK(seen.state == disk_state::ample);
  CHECK(seen.spare_bytes == seen.free_bytes);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "reserve"));
}

TEST_CASE("the reserve takes real room, is found again, and bounds what "
          "databases may take",
          "[storage][disk_room]") {
  const auto folder = tests::temporary_directory{};
  const auto reserve = folder.path() / "reserve";
  for (auto i = 0; i < 2; ++i) {
    auto room = disk_room{folder.path().string(), {1'000'000, 500'000}};
    const auto seen = room.look();
    CHECK(seen.state == disk_state::ample);
    CHECK(seen.spare_bytes == seen.free_bytes - 1'000'000);
    CHECK(std::filesystem::file_size(reserve) == 500'000);
  }
}

TEST_CASE("what stays free is at most a sixteenth of the disk",
          "[storage][disk_room]") {
  const auto folder = tests::temporary_directory{};
  const auto room = disk_room{folder.path().string(), {endless, 0}};
  struct statvfs disk = {};
  REQUIRE(::statvfs(folder.path().c_str(), &disk) == 0);
  CHECK(room.free_bytes_min()
        == std::uint64_t{disk.f_blocks} * disk.f_frsize
               / disk_room::parts_of_disk);
}

TEST_CASE("a refusal names the setting, the bytes and what to do",
          "[storage][disk_room]") {
  const auto folder = tests::temporary_directory{};
  const auto room = disk_room{folder.path().string(), {0, 0}};
  for (const auto state :
       {disk_state::ample, disk_state::scarce, disk_state::full}) {
    const auto text = room.refusal({state, 12'345, 0, 1});
    CHECK(text.contains("12345 bytes"));
    CHECK(text.contains("storage."));
    CHECK(text.contains("make room on the disk"));
  }
}

} // namespace sluice::storage
