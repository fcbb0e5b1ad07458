#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

namespace sluice::storage {

namespace {

/// The text of `SELECT hex(…)` on one connection: every byte of a text.
std::string bytes_of(sqlite3* db, const std::string& expression) {
  sqlite3_stmt* raw = nullptr;
  const auto sql = "SELECT hex(" + expression + "), " + expression + " IS NULL";
  REQUIRE(sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) == SQLITE_OK);
  const auto owner = statement_handle{raw};
  REQUIRE(sqlite3_step(raw) == SQLITE_ROW);
  const auto* text = sqlite3_column_text(raw, 0);
  return std::string{reinterpret_cast<const char*>(text)} + ' '
         + reinterpret_cast<const char*>(sqlite3_column_text(raw, 1));
}

constexpr auto text_too_big
    = "too_large: string or blob too big: SQLITE_TOOBIG; "
      "limits.row_bytes_max is 64000000 bytes";

} // namespace

TEST_CASE("printf and format write what SQLite's own would",
          "[storage][format]") {
  auto database = test_database{};
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
  const auto plain = connection_handle{raw};
  auto compared = 0;
  for (const auto* flags :
       {"", "-", "+", " ", "#", "!", "0", ",", "-+", "+0", "0,", "!#", "!0"})
    for (const auto* width :
         {"", "1", "7", "30", ".0", ".1", ".3", ".12", "9.4", "25.20", "l",
          "5ll", "7.3l", "-5", "5-", "4294967299", ".4294967298"})
      for (const auto* letter :
           {"d", "i", "u", "x", "X", "o", "p", "r", "f", "e", "E", "g", "G",
            "s", "q", "Q", "w", "z", "c", "%", "n", "T", "S", "y", ""})
        for (const auto* value :
             {"1234567", "-5", "3.14159265358979", "'it''s'", "'\u00e4\u20acx'",
              "NULL", "x'616200'"}) {
          const auto expression = "printf('<%" + std::string{flags} + width
                                  + letter + "|%d>', " + value + ", 42)";
          CAPTURE(expression);
          REQUIRE(bytes_of(database.reader().handle(), expression)
                  == bytes_of(plain.get(), expression));
          ++compared;
        }
  CHECK(compared > 30'000);
  for (const auto* expression : {"printf()",
                                 "printf(NULL)",
                                 "printf('')",
                                 "printf('%')",
                                 "printf('a%')",
                                 "printf('%d %s %f')",
                                 "printf('%*d|', 7, 3)",
                                 "printf('%*d|', -7, 3)",
                                 "printf('%.*f|', 2, 3.14159)",
                                 "printf('%.*f|', -2, 3.14159)",
                                 "printf('%*.*s|', 9, 3, 'abcdef')",
                                 "printf('%.*c|', 5, 'x')",
                                 "printf('%8.*c|', 5, '\u00e4')",
                                 "printf('%-8.*c|', 5, '\u00e4')",
                                 "printf('%*c|', 4, 'xyz')",
                                 "printf('%c%c', '', NULL)",
                                 "printf('%!.15g', 0.1)",
                                 "printf('%!.5000g', 0.1)",
                                 "printf('%.5000g', 0.1)",
                                 "printf('%!.3000f', 1e300)",
                                 "printf('%.1000f', 1e-300)",
                                 "printf('%!.26e', 2.5e-10)",
                                 "printf('%*d', -2147483648, 1)",
                                 "printf('%.*d', -2147483648, 1)",
                                 "printf('%,d', 9223372036854775807)",
                                 "printf('%d', 1e300)",
                                 "printf('%.3000000000s', 'abc')",
                                 "printf('%s', x'fffe')",
                                 "printf(12.5)",
                                 "format('%q', 'it''s')"}) {
    CAPTURE(expression);
    CHECK(bytes_of(database.writer().handle(), expression)
          == bytes_of(plain.get(), expression));
  }
}

TEST_CASE("a width or precision of printf beyond the limit is an error at once",
          "[storage][format][hostile]") {
  auto database = test_database{};
  for (const auto* sql :
       {"SELECT printf('%1000000000d', 1)", "SELECT printf('%*d', 1e9, 1)",
        "SELECT printf('%.*c', 1000000000, 'x')",
        "SELECT format('%.2147483647c', 'x')",
        "SELECT printf('%.999999999f', 1)",
        "SELECT printf('%.*d', 2147483647, 1)",
        "SELECT printf('%40000000d%40000000d', 1, 2)",
        "SELECT printf('%.40000000c%.40000000c', 1, 2)",
        "SELECT printf('%-70000000s', 'x')"}) {
    CAPTURE(sql);
    CHECK(database.read(sql).failure() == text_too_big);
    CHECK(database.write(sql).failure() == text_too_big);
  }
  // Each of them would write and drop as many zeros, which takes hours.
  CHECK(database
            .read("SELECT length(printf(replace(hex(zeroblob(10000)), '00', "
                  "'%.60000000g'), 1)) AS n")
            .results()
        == R"([{"n":10000}])");
}

TEST_CASE("printf can stand in an index, a view and a generated column",
          "[storage][format]") {
  auto database = test_database{};
  CHECK(database
            .exec("CREATE TABLE t(x, y AS (printf('%03d', x))); CREATE INDEX i "
                  "ON t(format('%d', x)); CREATE VIEW v AS SELECT "
                  "printf('%s!', y) AS z FROM t; INSERT INTO t VALUES (7)")
            .failure()
        == "none");
  CHECK(database.read("SELECT z FROM v").results() == R"([{"z":"007!"}])");
}

} // namespace sluice::storage
