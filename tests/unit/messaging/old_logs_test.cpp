#include "messaging/old_logs.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <set>

namespace sluice::tests {

namespace {

/// The names of what is in a folder.
std::set<std::string> names_in(const std::filesystem::path& folder) {
  auto result = std::set<std::string>{};
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    result.insert(entry.path().filename().string());
  return result;
}

} // namespace

TEST_CASE("of old logs the latest stay, and nothing else goes") {
  const auto directory = temporary_directory{};
  const auto add = [&directory](const std::string& name) {
    std::ofstream{directory.path() / name} << "x";
  };
  const auto others = std::set<std::string>{
      "nats-server.log",       "nats-server.log.",
      "nats-server.log.txt",   "nats-server.log.2026.11.24.txt",
      "nats-server.conf",      "other.log.2026.11.24.20.02.57.1",
      "a-nats-server.log.2026"};
  for (const auto& name : others)
    add(name);
  for (const auto* time : {"2026.11.24.20.02.57.123", "2026.11.25.00.00.00.1",
                           "2025.12.31.23.59.59.9", "2026.01.01.00.00.00.5"})
    add(std::string{"nats-server.log."} + time);
  const auto log = (directory.path() / "nats-server.log").string();
  messaging::remove_old_logs(log, 4);
  CHECK(names_in(directory.path()).size() == others.size() + 4);
  messaging::remove_old_logs(log, 2);
  auto expected = others;
  expected.insert("nats-server.log.2026.11.24.20.02.57.123");
  expected.insert("nats-server.log.2026.11.25.00.00.00.1");
  CHECK(names_in(directory.path()) == expected);
}

TEST_CASE("a folder of logs that is not there is no failure") {
  const auto directory = temporary_directory{};
  const auto folder = directory.path() / "nowhere";
  messaging::remove_old_logs((folder / "nats-server.log").string(), 0);
  CHECK_FALSE(std::filesystem::exists(folder));
}

} // namespace sluice::tests
