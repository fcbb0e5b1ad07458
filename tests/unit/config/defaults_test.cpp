#include "config/loaded_settings.hpp"
#include "config/setting_value.hpp"
#include "config/settings_printer.hpp"
#include "config/settings_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iterator>
#include <sstream>

namespace sluice::config {

TEST_CASE("sluice.toml is what `sluice config default` prints") {
  auto in = std::ifstream{SLUICE_TOML, std::ios::binary};
  const auto text = std::string{std::istreambuf_iterator<char>{in}, {}};
  CHECK(text == default_settings_file());
}

TEST_CASE("no line of sluice.toml is longer than 80 columns") {
  auto lines = std::istringstream{default_settings_file()};
  for (auto line = std::string{}; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 80);
  }
}

TEST_CASE("sluice.toml sets every key, to its default") {
  const auto loaded = load({{}, {}, SLUICE_TOML});
  REQUIRE(loaded);
  CHECK(loaded->warnings.empty());
  for (const auto& row : settings_table()) {
    CAPTURE(row.key);
    CHECK(loaded->origin_of(row.key).from == source::file);
    CHECK(toml_value(row, loaded->values) == toml_value(row, settings{}));
  }
}

TEST_CASE("sluice.toml does not stand in the way of a NATS server") {
  const auto loaded
      = load({{}, {{"SLUICE_NATS_URL", "nats://nats:4222"}}, SLUICE_TOML});
  REQUIRE(loaded);
  CHECK(loaded->values.nats.url == "nats://nats:4222");
}

TEST_CASE("shown settings tell origins and hide secrets") {
  const auto loaded
      = load({{{"nats.token", "hush"}}, {{"SLUICE_READERS_COUNT", "3"}}, {}});
  REQUIRE(loaded);
  const auto text = shown_settings(*loaded);
  CHECK(text.starts_with("data = \"./data\" # default\n"));
  CHECK(text.find("hush") == text.npos);
  CHECK(text.find("\n[nats]\nurl = \"\" # default\n") != text.npos);
  CHECK(text.find("token = \"********\" # option --nats-token\n") != text.npos);
  CHECK(text.find("\n[readers]\ncount = 3 # environment variable "
                  "SLUICE_READERS_COUNT\n")
        != text.npos);
}

} // namespace sluice::config
