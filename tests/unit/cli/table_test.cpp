#include "cli/display_text.hpp"
#include "cli/table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sstream>

namespace sluice::cli {

TEST_CASE("columns are aligned, numbers at the right") {
  auto t = table{{"id", "name", "score"}};
  t.add_row({{"7", true}, {"Ann"}, {"1.5", true}});
  t.add_row({{"1234", true}, {"Bob"}, {"NULL"}});
  CHECK(t.row_count() == 2);
  CHECK(t.render(0)
        == "id   | name | score\n"
           "-----+------+------\n"
           "   7 | Ann  |   1.5\n"
           "1234 | Bob  | NULL\n");
}

TEST_CASE("wide and combining characters keep columns aligned") {
  auto t = table{{"a", "b"}};
  t.add_row({{"漢字"}, {"x"}});
  t.add_row({{"e\u0301"}, {"y"}});
  CHECK(t.render(0)
        == "a    | b\n"
           "-----+--\n"
           "漢字 | x\n"
           "e\u0301    | y\n");
}

TEST_CASE("line ends in cells and names are escaped") {
  auto t = table{{"a\nb"}};
  t.add_row({{"x\ny"}});
  CHECK(t.render(0) == "a\\nb\n----\nx\\ny\n");
}

TEST_CASE("a table without rows has its head") {
  CHECK(table{{"id"}}.render(0) == "id\n--\n");
}

TEST_CASE("a table without columns is nothing") {
  CHECK(table{{}}.render(80).empty());
}

TEST_CASE("an empty name and empty cells take no width") {
  auto t = table{{"", "b"}};
  t.add_row({{""}, {"1", true}});
  CHECK(t.render(0) == " | b\n-+--\n | 1\n");
}

TEST_CASE("the widest columns are cut to the width of the terminal") {
  auto t = table{{"id", "text", "more"}};
  t.add_row({{"1", true}, {std::string(100, 'x')}, {std::string(50, 'y')}});
  auto lines = std::istringstream{t.render(40)};
  for (auto line = std::string{}; std::getline(lines, line);)
    CHECK(display_width(line) <= 40);
  CHECK(t.render(40).find("x…") != std::string::npos);
  CHECK(t.render(40).find(" 1 |") != std::string::npos);
  CHECK(t.render(0).find(std::string(100, 'x')) != std::string::npos);
}

TEST_CASE("columns stay readable on a terminal that is too narrow") {
  auto t = table{{"a", "b"}};
  t.add_row({{"123456789"}, {"123456789"}});
  CHECK(t.render(3) == "a    | b\n-----+-----\n123… | 123…\n");
}

} // namespace sluice::cli
