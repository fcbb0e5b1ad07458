#include "cli/statement_splitter.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

namespace {

using statements = std::vector<std::pair<std::size_t, std::string>>;

/// Feeds pieces and gathers lines and texts.
statements split_pieces(const std::vector<std::string_view>& pieces) {
  auto splitter = statement_splitter{10'000};
  auto result = statements{};
  for (const auto piece : pieces) {
    splitter.feed(piece);
    while (auto statement = splitter.next())
      result.emplace_back(statement->line, statement->text);
  }
  if (auto rest = splitter.finish())
    result.emplace_back(rest->line, rest->text);
  return result;
}

/// Splits the text as a whole, cut in two at every byte, and byte by byte;
/// all must agree.
statements split(std::string_view sql) {
  const auto result = split_pieces({sql});
  for (auto i = std::size_t{0}; i <= sql.size(); ++i) {
    CAPTURE(i);
    CHECK(split_pieces({sql.substr(0, i), sql.substr(i)}) == result);
  }
  auto bytes = std::vector<std::string_view>{};
  for (auto i = std::size_t{0}; i < sql.size(); ++i)
    bytes.push_back(sql.substr(i, 1));
  CHECK(split_pieces(bytes) == result);
  return result;
}

} // namespace

TEST_CASE("statements end at semicolons and know their line") {
  CHECK(split("SELECT 1;\n\n  SELECT\n 2;SELECT 3")
        == statements{{1, "SELECT 1;"}, {3, "SELECT\n 2;"}, {4, "SELECT 3"}});
}

TEST_CASE("nothing, blanks, comments and bare semicolons are no statements") {
  CHECK(split("").empty());
  CHECK(split(" \n\t\r\n").empty());
  CHECK(split(";;\n ; ").empty());
  CHECK(split("-- a;\n/* b; */ ; -- c").empty());
  CHECK(split("/* open; ").empty());
}

TEST_CASE("semicolons in quotes of all kinds end nothing") {
  CHECK(split("SELECT 'a;b';") == statements{{1, "SELECT 'a;b';"}});
  CHECK(split("SELECT \"a;b\";") == statements{{1, "SELECT \"a;b\";"}});
  CHECK(split("SELECT `a;b`;") == statements{{1, "SELECT `a;b`;"}});
  CHECK(split("SELECT [a;b];") == statements{{1, "SELECT [a;b];"}});
}

TEST_CASE("doubled and foreign quotes do not end a text") {
  CHECK(split("SELECT 'a'';b', \";'\", `;[`, [;\"];x;")
        == statements{{1, "SELECT 'a'';b', \";'\", `;[`, [;\"];"}, {1, "x;"}});
  CHECK(split("SELECT '\\';x;") == statements{{1, "SELECT '\\';"}, {1, "x;"}});
  CHECK(split("SELECT '--;', '/*;';")
        == statements{{1, "SELECT '--;', '/*;';"}});
}

TEST_CASE("semicolons in comments end nothing") {
  CHECK(split("SELECT 1 -- a;b\n, 2;")
        == statements{{1, "SELECT 1 -- a;b\n, 2;"}});
  CHECK(split("SELECT 1 /* a;'b */, 2;x")
        == statements{{1, "SELECT 1 /* a;'b */, 2;"}, {1, "x"}});
  CHECK(split("SELECT 1 /***/;x")
        == statements{{1, "SELECT 1 /***/;"}, {1, "x"}});
  CHECK(split("SELECT 1 /*/;*/;") == statements{{1, "SELECT 1 /*/;*/;"}});
}

TEST_CASE("comments before a statement do not move its line") {
  CHECK(split("-- one\n/* two\n three */ SELECT 1; -- end\nx;")
        == statements{{3, "SELECT 1;"}, {4, "x;"}});
}

TEST_CASE("minus and slash alone are operators") {
  CHECK(split("SELECT 4-1/2-'x;'/2;")
        == statements{{1, "SELECT 4-1/2-'x;'/2;"}});
  CHECK(split("-1;/2;") == statements{{1, "-1;"}, {1, "/2;"}});
  CHECK(split("-;/;-") == statements{{1, "-;"}, {1, "/;"}, {1, "-"}});
  CHECK(split("x /") == statements{{1, "x /"}});
  CHECK(split("- - x;") == statements{{1, "- - x;"}});
}

TEST_CASE("a trigger ends at its END") {
  const auto trigger
      = std::string{"CREATE TRIGGER t AFTER INSERT ON a BEGIN\n"
                    "  UPDATE a SET x = CASE WHEN x = 1 THEN 2 ELSE 3 END;\n"
                    "  DELETE FROM b WHERE y = 'END;';\n"
                    "END;"};
  CHECK(split(trigger + "\nSELECT 1;")
        == statements{{1, trigger}, {5, "SELECT 1;"}});
}

TEST_CASE("all forms of CREATE TRIGGER are known") {
  for (const auto* head :
       {"CREATE TRIGGER", "create temp trigger", "Create Temporary Trigger",
        "CREATE/**/TRIGGER", "CREATE -- x;\nTRIGGER", "EXPLAIN CREATE TRIGGER",
        "EXPLAIN QUERY PLAN CREATE TRIGGER"}) {
    CAPTURE(head);
    const auto trigger
        = std::string{head}
          + " IF NOT EXISTS t BEGIN SELECT 1;; /* ; */ END /**/;";
    const auto result = split(trigger + "x;");
    REQUIRE(result.size() == 2);
    CHECK(result[0].second == trigger);
    CHECK(result[1].second == "x;");
  }
}

TEST_CASE("what only looks like a trigger ends at the semicolon") {
  for (const auto* statement :
       {"CREATE TABLE trigger(x);", "CREATE TABLE t(x TRIGGER);",
        "DROP TRIGGER t;", "SELECT 'CREATE TRIGGER';",
        "CREATE TEMP TABLE x(y);", "CREATE \"TRIGGER\";", "CREATE TRIGGERS;",
        "EXPLAIN SELECT 1;", "CREATE UNIQUE INDEX i ON t(x);"}) {
    CAPTURE(statement);
    CHECK(split(std::string{statement} + "x;")
          == statements{{1, statement}, {1, "x;"}});
  }
}

TEST_CASE("END ends a trigger only as a word of its own") {
  for (const auto* inner : {"END_;", "ENDS;", "$END;", "\"END\";", "END x;"}) {
    CAPTURE(inner);
    const auto trigger
        = std::string{"CREATE TRIGGER t BEGIN SELECT 1;"} + inner + " END;";
    CHECK(split(trigger + "x;") == statements{{1, trigger}, {1, "x;"}});
  }
}

TEST_CASE("line ends of Windows count once") {
  CHECK(split("SELECT 1;\r\nSELECT 2;\r\n\r\n-- c\r\nSELECT 3;\r\n")
        == statements{{1, "SELECT 1;"}, {2, "SELECT 2;"}, {5, "SELECT 3;"}});
}

TEST_CASE("what is not closed is the rest of the text") {
  CHECK(split("SELECT 1; SELECT 'a;\nb;")
        == statements{{1, "SELECT 1;"}, {1, "SELECT 'a;\nb;"}});
  CHECK(split("SELECT [a;") == statements{{1, "SELECT [a;"}});
  CHECK(split("SELECT 1 /* a;") == statements{{1, "SELECT 1 /* a;"}});
  CHECK(split("CREATE TRIGGER t BEGIN SELECT 1; x;")
        == statements{{1, "CREATE TRIGGER t BEGIN SELECT 1; x;"}});
}

TEST_CASE("names and texts beyond ASCII stay whole") {
  CHECK(split("SELECT 'ä;漢' AS größe;é;")
        == statements{{1, "SELECT 'ä;漢' AS größe;"}, {1, "é;"}});
}

TEST_CASE("a statement beyond the limit is reported, with its line") {
  auto splitter = statement_splitter{10};
  splitter.feed("SELECT 12;\n");
  CHECK(splitter.next()->text == "SELECT 12;");
  splitter.feed("-- comments do not count\n SELECT");
  CHECK_FALSE(splitter.next());
  CHECK_FALSE(splitter.is_too_long());
  splitter.feed(" 1234");
  CHECK_FALSE(splitter.next());
  CHECK(splitter.is_too_long());
  CHECK(splitter.line() == 3);
  CHECK_FALSE(splitter.finish());
}

} // namespace sluice::cli
