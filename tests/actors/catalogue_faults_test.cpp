#include "storage/catalogue.hpp"
#include "tests/actors/failing_vfs.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <fstream>

namespace sluice::tests {

namespace {

using storage::catalogue;
using storage::data_directory;

constexpr auto retention = std::chrono::seconds{600};

data_directory open_directory(const temporary_directory& folder) {
  auto opened = data_directory::open(folder.path().string());
  REQUIRE(opened);
  return std::move(*opened);
}

storage::connection_options options_with(const std::string& vfs) {
  auto result = storage::connection_options{};
  result.vfs = vfs;
  return result;
}

/// Whether a catalogue knows a database after a crash now.
bool is_there_after_crash(const data_directory& directory,
                          const std::string& name) {
  const auto elsewhere = temporary_directory{};
  const auto copy = open_directory(elsewhere);
  for (const auto* suffix : {"", "-wal"})
    std::filesystem::copy_file(
        directory.catalogue_path() + suffix, copy.catalogue_path() + suffix,
        std::filesystem::copy_options::overwrite_existing);
  auto store = catalogue::open(copy, options_with(""), retention);
  REQUIRE(store);
  const auto found = store->find_by_name(name);
  REQUIRE(found);
  return found->has_value();
}

} // namespace

TEST_CASE("a database whose creation the disk refuses is not there after a "
          "crash, and neither is its file",
          "[actors][catalog][fault]") {
  const auto fault = GENERATE(operation_fault::refused, operation_fault::torn,
                              operation_fault::full);
  const auto is_lasting = GENERATE(false, true);
  const auto identity = storage::request_identity{"id", {{std::byte{1}}}};
  auto number = std::size_t{1};
  for (auto is_over = false; !is_over; ++number) {
    INFO("fault " << static_cast<int>(fault) << ", lasting " << is_lasting
                  << ", operation " << number);
    const auto folder = temporary_directory{};
    const auto directory = open_directory(folder);
    auto disk = failing_vfs{};
    auto store
        = catalogue::open(directory, options_with(disk.name()), retention);
    REQUIRE(store);
    auto path = std::string{};
    const auto create = [&]() -> codec::result<std::string> {
      const auto made = store->create("app", [&](const std::string& uuid) {
        path = directory.database_path(uuid);
        std::ofstream{path} << "file";
        return codec::result<void>{};
      });
      return made ? codec::result<std::string>{made->uuid}
                  : std::unexpected{made.error()};
    };
    disk.fail_operation(number, fault, is_lasting);
    const auto first = store->execute_once(identity, create);
    is_over = disk.operations() < number;
    const auto is_unknown
        = !first && first.error().message.contains("not known to last");
    CHECK((is_lasting || !is_unknown));
    if (is_unknown) {
      // Where the row comes back it finds its file.
      CHECK(std::filesystem::exists(path));
    } else {
      CHECK(is_there_after_crash(directory, "app") == first.has_value());
      CHECK(std::filesystem::exists(path) == first.has_value());
    }
    disk.repair();
    const auto second = store->execute_once(identity, create);
    REQUIRE(second);
    CHECK(second->is_replayed == first.has_value());
    CHECK(is_there_after_crash(directory, "app"));
    CHECK(std::filesystem::exists(path));
  }
  CHECK(number > 5);
}

} // namespace sluice::tests
