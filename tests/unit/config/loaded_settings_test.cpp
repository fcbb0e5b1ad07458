#include "config/loaded_settings.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>

namespace sluice::config {

namespace {

/// A settings file for the time of a test.
class settings_file {
public:
  explicit settings_file(std::string_view text)
      : path_{(directory_.path() / "s.toml").string()} {
    std::ofstream{path_, std::ios::binary} << text;
  }
  [[nodiscard]] const std::string& path() const {
    return path_;
  }

private:
  tests::temporary_directory directory_;
  std::string path_;
};

std::string error_of(const load_input& input) {
  const auto loaded = load(input);
  return loaded ? std::string{} : loaded.error();
}

} // namespace

TEST_CASE("without any source everything stands at its default") {
  const auto loaded = load({});
  REQUIRE(loaded);
  CHECK(loaded->values.data == "./data");
  CHECK(loaded->origin_of("data").from == source::defaults);
  CHECK(loaded->origin_of("data").words == "default");
  CHECK_FALSE(loaded->is_explicit("nats.listen"));
  CHECK(loaded->warnings.empty());
}

TEST_CASE("command line, environment, file and defaults win in this order") {
  const auto file = settings_file{"data = 'file'\n"
                                  "server_name = 'file'\n"
                                  "[nats]\n"
                                  "queue_group = 'file'\n"
                                  "[readers]\n"
                                  "count = 1\n"};
  const auto loaded = load({{{"data", "line"},
                             {"nats.subject_prefix", "line"},
                             {"readers.count", "3"},
                             {"log.level", "error"}},
                            {{"SLUICE_DATA", "variable"},
                             {"SLUICE_SERVER_NAME", "variable"},
                             {"SLUICE_NATS_SUBJECT_PREFIX", "variable"},
                             {"SLUICE_DURABILITY", "normal"}},
                            file.path()});
  REQUIRE(loaded);
  const auto& s = loaded->values;
  // Command line over environment and file, over environment, over file, and
  // over the default.
  CHECK(s.data == "line");
  CHECK(s.nats.subject_prefix == "line");
  CHECK(s.readers.count == 3);
  CHECK(s.log.level == log_level::error);
  // Environment over file, and over the default.
  CHECK(s.server_name == "variable");
  CHECK(s.durability == durability::normal);
  // File over the default.
  CHECK(s.nats.queue_group == "file");
  // Default.
  CHECK(s.log.format == log_format::text);
  CHECK(loaded->origin_of("data").words == "option --data");
  CHECK(loaded->origin_of("data").from == source::command_line);
  CHECK(loaded->origin_of("server_name").words
        == "environment variable SLUICE_SERVER_NAME");
  CHECK(loaded->origin_of("nats.queue_group").words
        == "line 4 of " + file.path());
  CHECK(loaded->is_explicit("nats.queue_group"));
  CHECK_FALSE(loaded->is_explicit("log.format"));
}

TEST_CASE("a value that is set to its default is set all the same") {
  const auto loaded = load({{{"nats.listen", "127.0.0.1:4222"}}, {}, {}});
  REQUIRE(loaded);
  CHECK(loaded->is_explicit("nats.listen"));
}

TEST_CASE("SLUICE_CONFIG names the file, unless the command line does") {
  const auto one = settings_file{"data = 'one'"};
  const auto two = settings_file{"data = 'two'"};
  CHECK(load({{}, {{"SLUICE_CONFIG", one.path()}}, {}})->values.data == "one");
  CHECK(load({{}, {{"SLUICE_CONFIG", one.path()}}, two.path()})->values.data
        == "two");
  CHECK(load({{}, {{"SLUICE_CONFIG", ""}}, {}})->values.data == "./data");
}

TEST_CASE("an empty variable counts as not set") {
  const auto loaded
      = load({{}, {{"SLUICE_DATA", ""}, {"SLUICE_READERS_COUNT", ""}}, {}});
  REQUIRE(loaded);
  CHECK(loaded->values.data == "./data");
}

TEST_CASE("an unknown variable of Sluice's is a warning with a suggestion") {
  const auto loaded = load(
      {{}, {{"SLUICE_NATS_ULR", "x"}, {"PATH", "y"}, {"SLUICE_", "z"}}, {}});
  REQUIRE(loaded);
  REQUIRE(loaded->warnings.size() == 2);
  CHECK(loaded->warnings[0]
        == "the environment variable SLUICE_NATS_ULR is none of Sluice's; did "
           "you mean SLUICE_NATS_URL?");
  CHECK(loaded->warnings[1]
        == "the environment variable SLUICE_ is none of Sluice's");
}

TEST_CASE("an unknown key is an error with file, line and a suggestion") {
  const auto file = settings_file{"[nats]\nulr = 'x'\n"};
  CHECK(error_of({{}, {}, file.path()})
        == "there is no setting nats.ulr (line 2 of " + file.path()
               + "); did you mean nats.url?");
  CHECK(error_of({{{"nats.ulr", "x"}}, {}, {}})
        == "there is no setting nats.ulr; did you mean nats.url?");
}

TEST_CASE("a value out of range names key, source, value and range") {
  CHECK(error_of({{{"readers.count", "5000"}}, {}, {}})
        == "readers.count (option --readers-count): \"5000\" is out of range; "
           "allowed: 0 to 1024");
  CHECK(
      error_of({{}, {{"SLUICE_READERS_COUNT", "x"}}, {}})
      == "readers.count (environment variable SLUICE_READERS_COUNT): \"x\" is "
         "not a whole number; allowed: 0 to 1024");
  const auto file = settings_file{"[readers]\ncount = -1\n"};
  CHECK(error_of({{}, {}, file.path()})
        == "readers.count (line 2 of " + file.path()
               + "): \"-1\" is out of range; allowed: 0 to 1024");
}

TEST_CASE("a value of the wrong type in the file is an error") {
  const auto error = [](std::string_view text) {
    const auto file = settings_file{text};
    return error_of({{}, {}, file.path()});
  };
  CHECK(error("[readers]\ncount = '1'")
            .ends_with("expected a whole number without quotes; allowed: 0 to "
                       "1024"));
  CHECK(
      error("data = 1").ends_with("expected a text in quotes; allowed: text"));
  CHECK(
      error("[nats]\ntls = 'true'")
          .ends_with("expected true or false without quotes; allowed: true or "
                     "false"));
  CHECK(error("durability = true")
            .ends_with("expected a text in quotes; allowed: full or normal"));
}

TEST_CASE("all problems are told at once, also of values that lose") {
  const auto file = settings_file{"x = 1\n[readers]\ncount = 5000\n"};
  const auto error = error_of(
      {{{"readers.count", "2"}}, {{"SLUICE_LOG_LEVEL", "loud"}}, file.path()});
  CHECK(std::count(error.begin(), error.end(), '\n') == 2);
  CHECK(error.find("there is no setting x") != error.npos);
  CHECK(error.find("readers.count (line 3") != error.npos);
  CHECK(error.find("log.level (environment variable") != error.npos);
}

TEST_CASE("a file that cannot be read or understood is an error") {
  const auto directory = tests::temporary_directory{};
  const auto missing = (directory.path() / "none.toml").string();
  CHECK(error_of({{}, {}, missing})
        == "cannot read the settings file " + missing
               + ": No such file or directory");
  CHECK(error_of({{}, {}, directory.path().string()})
            .starts_with("cannot read the settings file"));
  const auto file = settings_file{"data = 'a'\ndata = 'b'\n"};
  CHECK(error_of({{}, {}, file.path()})
        == file.path() + ", line 2: data is set already, on line 1");
  CHECK(load({{}, {}, settings_file{""}.path()}));
}

TEST_CASE("rules between settings are checked at the end") {
  CHECK(error_of({{{"nats.user", "ann"}}, {}, {}})
            .starts_with("nats.user and nats.password go together"));
  CHECK(load({{{"nats.user", "ann"}}, {{"SLUICE_NATS_PASSWORD", "x"}}, {}}));
}

TEST_CASE("a secret does not show up in an error") {
  const auto password = std::string{"hu\0sh", 5};
  CHECK(error_of({{{"nats.password", password}}, {}, {}}).find("hu")
        == std::string::npos);
}

TEST_CASE("the profile d1 sets D1's limits") {
  const auto loaded = load({{{"limits.profile", "d1"}}, {}, {}});
  REQUIRE(loaded);
  const auto& l = loaded->values.limits;
  CHECK(l.sql_bytes_max == 100'000);
  CHECK(l.parameters_max == 100);
  CHECK(l.columns_max == 100);
  CHECK(l.function_arguments_max == 32);
  CHECK(l.row_bytes_max == 2'000'000);
  CHECK(l.like_pattern_bytes_max == 50);
  CHECK(l.statement_ms_max == 30'000);
  CHECK(l.database_bytes_max == 10'000'000'000);
  CHECK(l.batch_statements_max == 10'000);
  CHECK(l.databases_max == limit_settings{}.databases_max);
  CHECK(loaded->origin_of("limits.columns_max").words == "profile d1");
  CHECK_FALSE(loaded->is_explicit("limits.columns_max"));
  CHECK(loaded->warnings.empty());
}

TEST_CASE("the profile d1 leaves alone what is set anywhere") {
  const auto file = settings_file{"[limits]\n"
                                  "profile = 'd1'\n"
                                  "columns_max = 17\n"
                                  "parameters_max = 32_766\n"};
  const auto loaded = load({{{"limits.sql_bytes_max", "1000000"}},
                            {{"SLUICE_LIMITS_ROW_BYTES_MAX", "5000"}},
                            file.path()});
  REQUIRE(loaded);
  const auto& l = loaded->values.limits;
  CHECK(l.columns_max == 17);
  CHECK(l.parameters_max == 32'766);
  CHECK(l.sql_bytes_max == 1'000'000);
  CHECK(l.row_bytes_max == 5'000);
  CHECK(l.function_arguments_max == 32);
  // Someone may have copied the file of defaults and changed the profile only.
  REQUIRE(loaded->warnings.size() == 1);
  CHECK(loaded->warnings.front()
        == "limits.parameters_max keeps its usual default in spite of "
           "limits.profile, because it is set (line 4 of "
               + file.path() + ")");
}

} // namespace sluice::config
