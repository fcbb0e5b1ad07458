#include "cli/info_command.hpp"
#include "cli/progress_line.hpp"
#include "cli/result_text.hpp"
#include "cli/unfinished_file.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

namespace sluice::cli {

namespace fs = std::filesystem;

TEST_CASE("a bar shows how much of a whole is done", "[cli]") {
  CHECK(progress_bar(0, 0).empty());
  CHECK(progress_bar(0, 10) == "[------------------------]   0%");
  CHECK(progress_bar(5, 10) == "[############------------]  50%");
  CHECK(progress_bar(10, 10) == "[########################] 100%");
  // A file that grows.
  CHECK(progress_bar(11, 10) == progress_bar(10, 10));
}

TEST_CASE("sizes are told in the unit that fits", "[cli]") {
  CHECK(size_words(0) == "0 bytes");
  CHECK(size_words(1) == "1 byte");
  CHECK(size_words(1'023) == "1023 bytes");
  CHECK(size_words(1'536) == "1.5 KiB");
  CHECK(size_words(std::uint64_t{3} << 30) == "3.0 GiB");
  CHECK(size_words(std::uint64_t{1} << 52) == "4096.0 TiB");
}

TEST_CASE("CSV keeps what has a meaning in it", "[cli]") {
  const auto* const part
      = R"({"columns":["a,b","c"],"rows":[["x\"y","1\n2"],[null,[0,255]],)"
        R"([9223372036854775807,1.5]]})";
  CHECK(csv_of(part, true).value()
        == "\"a,b\",c\r\n\"x\"\"y\",\"1\n2\"\r\n,x'00ff'\r\n"
           "9223372036854775807,1.5\r\n");
  CHECK(csv_of(part, false).value().starts_with("\"x"));
  CHECK_FALSE(csv_of("[1]", true).has_value());
  CHECK_FALSE(lines_of("{").has_value());
}

TEST_CASE("what is known of a database is shown for people and programs",
          "[cli]") {
  const auto* const description = R"({"name":"app","file_size":8192})";
  const auto tables = std::vector<database_table>{
      {"t", "table", 3}, {"broken", "virtual"}, {"v", "view"}};
  CHECK(render_info(description, tables, 0)
        == "field     | value\n----------+--------\nname      | app\n"
           "file_size | 8.0 KiB\n\nname   | type    | rows\n"
           "-------+---------+-----\nt      | table   |    3\n"
           "broken | virtual |\nv      | view    |\n");
  CHECK(info_json(description, tables)
            .ends_with("\"tables\": [\n    {\n      \"name\": \"t\",\n      "
                       "\"type\": \"table\",\n      \"rows\": 3\n    },\n    "
                       "{\n      \"name\": \"broken\",\n      \"type\": "
                       "\"virtual\",\n      \"rows\": null\n    },\n    {\n    "
                       "  \"name\": \"v\",\n      \"type\": \"view\",\n      "
                       "\"rows\": null\n    }\n  ]\n}"));
}

TEST_CASE("an unfinished file is gone, a finished one has its name and rights",
          "[cli]") {
  const auto folder = tests::temporary_directory{};
  const auto target = folder.path() / "f.sql";
  {
    auto file = unfinished_file::make(folder.path());
    REQUIRE(file.has_value());
    REQUIRE(file->write("half").has_value());
    CHECK_FALSE(fs::is_empty(folder.path()));
    CHECK(fs::status(file->path()).permissions()
          == (fs::perms::owner_read | fs::perms::owner_write));
  }
  CHECK(fs::is_empty(folder.path()));
  std::ofstream{target} << "former";
  fs::permissions(target, fs::perms::owner_read);
  auto file = unfinished_file::make(folder.path());
  REQUIRE(file.has_value());
  REQUIRE(file->write("whole").has_value());
  CHECK(tests::read_text_file(target) == "former");
  REQUIRE(file->finish_as(target).has_value());
  CHECK(tests::read_text_file(target) == "whole");
  CHECK(fs::status(target).permissions() == fs::perms::owner_read);
  auto other = unfinished_file::make(folder.path());
  REQUIRE(other.has_value());
  CHECK(other->finish_as(folder.path() / "none" / "f").error().message
        == "cannot make " + (folder.path() / "none" / "f").string()
               + ": No such file or directory");
  CHECK(unfinished_file::make(folder.path() / "none").error().message
        == "cannot make a file in " + (folder.path() / "none").string()
               + ": No such file or directory");
}

} // namespace sluice::cli
