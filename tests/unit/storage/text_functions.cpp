#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <chrono>

namespace sluice::storage {

namespace {

/// The bytes and the type of an expression on one connection.
std::string value_of(sqlite3* db, const std::string& expression) {
  sqlite3_stmt* raw = nullptr;
  const auto sql = "SELECT quote(" + expression + ") || ' ' || hex("
                   + expression + ") || ' ' || typeof(" + expression + ")";
  REQUIRE(sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) == SQLITE_OK);
  const auto owner = statement_handle{raw};
  REQUIRE(sqlite3_step(raw) == SQLITE_ROW);
  return reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
}

/// Texts that a function of texts may see: of all types, of one and more bytes
/// for a character, repeated, overlapping, and no UTF-8 at all.
constexpr auto values = std::to_array<const char*>({"NULL",
                                                    "''",
                                                    "'a'",
                                                    "'aa'",
                                                    "'aaa'",
                                                    "'ab'",
                                                    "'ba'",
                                                    "'abab'",
                                                    "'xaaabaaax'",
                                                    "' a '",
                                                    "'  '",
                                                    "'\u00e4'",
                                                    "'\u00e4\u20acx\u00e4'",
                                                    "'\u20ac'",
                                                    "'x\u00e4'",
                                                    "1",
                                                    "1211",
                                                    "1.5",
                                                    "x''",
                                                    "x'61'",
                                                    "x'6161'",
                                                    "x'00'",
                                                    "x'610061'",
                                                    "x'a4'",
                                                    "x'c3'",
                                                    "x'c3a4'",
                                                    "x'a4a4'",
                                                    "x'80c380'",
                                                    "CAST(x'a4' AS TEXT)",
                                                    "CAST(x'61a4a461' AS TEXT)",
                                                    "CAST(x'c3' AS TEXT)",
                                                    "CAST(x'80c380' AS TEXT)",
                                                    "CAST(x'610061' AS TEXT)",
                                                    "CAST(x'0061' AS TEXT)",
                                                    "zeroblob(3)"});

const auto was_interrupted = std::string{
    "timeout: the deadline passed while the statement ran; it was "
    "interrupted and changed nothing"};

} // namespace

TEST_CASE("instr, replace and the trims give what SQLite's own would",
          "[storage][text]") {
  auto database = test_database{};
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
  const auto plain = connection_handle{raw};
  const auto compare = [&](const std::string& expression) {
    CAPTURE(expression);
    REQUIRE(value_of(database.reader().handle(), expression)
            == value_of(plain.get(), expression));
  };
  for (const auto* first : values) {
    for (const auto* name : {"trim", "ltrim", "rtrim"})
      compare(std::string{name} + "(" + first + ")");
    for (const auto* second : values) {
      const auto both = std::string{first} + ", " + second;
      for (const auto* name : {"instr", "trim", "ltrim", "rtrim"})
        compare(std::string{name} + "(" + both + ")");
      for (const auto* third : {"NULL", "''", "'b'", "'\u20ac'", "7", "x'00'"})
        compare("replace(" + both + ", " + third + ")");
    }
  }
}

TEST_CASE("a text that replace would make too long is an error",
          "[storage][text][hostile]") {
  auto database = test_database{};
  constexpr auto too_big = "too_large: string or blob too big: SQLITE_TOOBIG; "
                           "limits.row_bytes_max is 64000000 bytes";
  CHECK(database
            .read("SELECT replace(replace(hex(zeroblob(50000)), '0', "
                  "'0123456789'), '0', hex(zeroblob(50000)))")
            .failure()
        == too_big);
  CHECK(
      database.read("SELECT length(replace('aaaa', 'a', 'bb')) AS n").results()
      == R"([{"n":8}])");
}

TEST_CASE("instr and replace take linear time", "[storage][text][hostile]") {
  auto database = test_database{};
  // SQLite's own would take an hour.
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  constexpr auto text = "WITH t(a) AS MATERIALIZED (SELECT "
                        "replace(hex(zeroblob(2000000)), '0', 'a')) ";
  CHECK(database
            .read(std::string{text}
                  + "SELECT instr(a, substr(a, 1, 2000000) || 'b') AS n FROM t")
            .results()
        == R"([{"n":0}])");
  CHECK(database
            .read(std::string{text}
                  + "SELECT length(replace(a, substr(a, 1, 2000000) || 'b', "
                    "'')) AS n FROM t")
            .results()
        == R"([{"n":4000000}])");
}

TEST_CASE("a trim that goes on and on is interrupted",
          "[storage][text][hostile]") {
  auto database = test_database{};
  for (const auto* name : {"trim", "ltrim", "rtrim"}) {
    CAPTURE(name);
    database.limits.until
        = std::chrono::steady_clock::now() + std::chrono::milliseconds{50};
    CHECK(database
              .read("SELECT length(" + std::string{name}
                    + "(replace(hex(zeroblob(5000000)), '00', '\u00e4'), "
                      "replace(hex(zeroblob(1000000)), '00', '\u20ac') || "
                      "'\u00e4'))")
              .failure()
          == was_interrupted);
    database.limits.until = no_deadline;
    CHECK(database.read("SELECT trim(' a ') AS x").results()
          == R"([{"x":"a"}])");
  }
}

TEST_CASE("functions of texts can stand in an index, a view, a check and a "
          "generated column",
          "[storage][text]") {
  auto database = test_database{};
  CHECK(database
            .exec("CREATE TABLE t(x CHECK (instr(x, '@') > 0), y AS "
                  "(trim(x))); CREATE INDEX i ON t(replace(x, '@', ' ')); "
                  "CREATE VIEW v AS SELECT rtrim(y, 'm') AS z FROM t; INSERT "
                  "INTO t VALUES (' a@com ')")
            .failure()
        == "none");
  CHECK(database.read("SELECT z FROM v").results() == R"([{"z":"a@co"}])");
  CHECK(database
            .read("SELECT count(*) AS n FROM t INDEXED BY i WHERE replace(x, "
                  "'@', ' ') = ' a com '")
            .results()
        == R"([{"n":1}])");
  CHECK(database.write("INSERT INTO t VALUES ('none')")
            .failure()
            .starts_with("constraint: "));
}

} // namespace sluice::storage
