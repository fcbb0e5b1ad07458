#include "config/setting_value.hpp"
#include "config/settings_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

namespace {

/// Stands for a value of any member.
struct anything {
  template <class T>
  operator T() const; // NOLINT(google-explicit-constructor)
};

template <class T, class... Values>
consteval std::size_t member_count() {
  if constexpr (requires { T{Values{}..., anything{}}; })
    return member_count<T, Values..., anything>();
  else
    return sizeof...(Values);
}

/// How many rows there must be for all members to have one.
consteval std::size_t setting_count() {
  constexpr auto sections = std::size_t{14};
  return member_count<settings>() - sections + member_count<log_settings>()
         + member_count<nats_settings>() + member_count<database_settings>()
         + member_count<reader_settings>() + member_count<writer_settings>()
         + member_count<admission_settings>() + member_count<limit_settings>()
         + member_count<storage_settings>()
         + member_count<idempotency_settings>()
         + member_count<service_settings>() + member_count<auth_settings>()
         + member_count<stream_settings>() + member_count<sqlite_settings>()
         + member_count<shutdown_settings>();
}

/// The values of all rows as text.
std::vector<std::string> all_values(const settings& s) {
  auto result = std::vector<std::string>{};
  for (const auto& row : settings_table())
    result.push_back(toml_value(row, s));
  return result;
}

/// Sets something that is not the default.
void change(const setting& row, settings& s) {
  if (row.type == setting_type::text)
    row.assign_text(s, row.text(s) + "x");
  else if (row.type == setting_type::number)
    row.assign_number(s, row.number(s) == row.min ? row.max : row.min);
  else
    row.assign_number(s, row.number(s) == 0 ? 1 : 0);
}

} // namespace

TEST_CASE("every member of the settings has a row in the table") {
  CHECK(settings_table().size() == setting_count());
}

TEST_CASE("each row reads and writes one member of its own") {
  const auto before = all_values(settings{});
  for (auto i = std::size_t{0}; i < before.size(); ++i) {
    const auto& row = settings_table()[i];
    CAPTURE(row.key);
    auto changed = settings{};
    change(row, changed);
    const auto after = all_values(changed);
    for (auto j = std::size_t{0}; j < before.size(); ++j)
      CHECK((before[j] == after[j]) == (i != j));
  }
}

TEST_CASE("keys, options and variables are unique and derived") {
  auto keys = std::set<std::string_view>{};
  auto variables = std::set<std::string>{};
  for (const auto& row : settings_table()) {
    CAPTURE(row.key);
    CHECK(keys.insert(row.key).second);
    CHECK(variables.insert(variable_name(row)).second);
    CHECK(find_setting(row.key) == &row);
  }
  const auto* row = find_setting("nats.subject_prefix");
  REQUIRE(row != nullptr);
  CHECK(option_name(*row) == "--nats-subject-prefix");
  CHECK(variable_name(*row) == "SLUICE_NATS_SUBJECT_PREFIX");
  CHECK(row->section() == "nats");
  CHECK(row->name() == "subject_prefix");
  CHECK(find_setting("data")->section().empty());
  CHECK(find_setting("data")->name() == "data");
  CHECK(find_setting("nats.subject_prefi") == nullptr);
}

TEST_CASE("the rows of a section stand together") {
  auto sections = std::vector<std::string_view>{};
  for (const auto& row : settings_table())
    if (sections.empty() || sections.back() != row.section())
      sections.push_back(row.section());
  const auto unique
      = std::set<std::string_view>{sections.begin(), sections.end()};
  CHECK(sections.size() == unique.size());
  CHECK(sections.front().empty());
}

TEST_CASE("defaults and D1's values are within the bounds") {
  const auto defaults = settings{};
  for (const auto& row : settings_table()) {
    CAPTURE(row.key);
    CHECK(row.help.ends_with('.'));
    if (row.type != setting_type::number)
      continue;
    CHECK(row.number(defaults) >= row.min);
    CHECK(row.number(defaults) <= row.max);
    if (row.d1) {
      CHECK(*row.d1 >= row.min);
      CHECK(*row.d1 <= row.max);
    }
  }
}

TEST_CASE("exactly passwords, tokens and secrets are secret") {
  auto secrets = std::vector<std::string_view>{};
  for (const auto& row : settings_table())
    if (row.is_secret)
      secrets.push_back(row.key);
  CHECK(secrets
        == std::vector<std::string_view>{"nats.password", "nats.token",
                                         "auth.secret"});
}

TEST_CASE("values are assigned from text") {
  auto s = settings{};
  const auto set = [&s](std::string_view key, std::string_view text) {
    return assign(*find_setting(key), s, text);
  };
  CHECK(set("databases.writers_max", "7"));
  CHECK(s.databases.writers_max == 7);
  CHECK(set("limits.sql_bytes_max", "2_000"));
  CHECK(s.limits.sql_bytes_max == 2'000);
  CHECK(set("databases.writers_max", "+8"));
  CHECK(s.databases.writers_max == 8);
  CHECK(set("nats.tls", "true"));
  CHECK(s.nats.tls);
  CHECK(set("nats.tls", "false"));
  CHECK_FALSE(s.nats.tls);
  CHECK(set("durability", "normal"));
  CHECK(s.durability == durability::normal);
  CHECK(set("data", ""));
  CHECK(s.data.empty());
}

TEST_CASE("wrong values are refused with what is allowed") {
  const auto refusal = [](std::string_view key, std::string_view text) {
    auto s = settings{};
    const auto assigned = assign(*find_setting(key), s, text);
    CHECK(all_values(s) == all_values(settings{}));
    return assigned ? std::string{} : assigned.error();
  };
  CHECK(refusal("databases.writers_max", "0")
        == "\"0\" is out of range; allowed: 1 to 10_000");
  CHECK(refusal("databases.writers_max", "10001").starts_with("\"10001\" is"));
  CHECK(refusal("databases.writers_max", "-1")
        == "\"-1\" is out of range; allowed: 1 to 10_000");
  CHECK(refusal("databases.writers_max", "99999999999999999999999")
            .find("out of range")
        != std::string::npos);
  for (const auto* text : {"", "x", "1.5", "1e3", "_1", "1_", "1__0", "0x10",
                           " 1", "1 ", "-", "+"})
    CHECK(refusal("databases.writers_max", text).find("not a whole number")
          != std::string::npos);
  CHECK(refusal("nats.tls", "yes")
        == "\"yes\" is neither true nor false; allowed: true or false");
  CHECK(refusal("log.level", "loud")
        == "\"loud\" is not a choice; allowed: debug, info, warning or error");
  using namespace std::string_view_literals;
  CHECK(refusal("nats.password", "secret\0word"sv)
        == "******** holds a NUL; allowed: text");
}

TEST_CASE("values are written as TOML") {
  auto s = settings{};
  s.limits.sql_bytes_max = 1'234'567;
  s.nats.user = "a\"b\\c\n\x7f\xC3\xA4";
  s.durability = durability::normal;
  const auto value = [&s](std::string_view key) {
    return toml_value(*find_setting(key), s);
  };
  CHECK(value("limits.sql_bytes_max") == "1_234_567");
  CHECK(value("databases.writers_max") == "1000");
  CHECK(value("nats.tls") == "false");
  CHECK(value("durability") == "\"normal\"");
  CHECK(value("nats.user") == "\"a\\\"b\\\\c\\u000a\\u007f\xC3\xA4\"");
}

TEST_CASE("secrets and passwords in addresses are not shown") {
  auto s = settings{};
  s.nats.password = "hush";
  s.nats.url = "nats://ann:pw@one:4222,two:4222,tok@three";
  const auto shown = [&s](std::string_view key) {
    return shown_value(*find_setting(key), s);
  };
  CHECK(shown("nats.password") == "\"********\"");
  CHECK(shown("nats.token") == "\"\"");
  CHECK(shown("nats.url")
        == "\"nats://********@one:4222,two:4222,********@three\"");
  CHECK(shown("data") == "\"./data\"");
}

} // namespace sluice::config
