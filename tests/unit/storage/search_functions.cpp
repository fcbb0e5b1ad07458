#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <random>

namespace sluice::storage {

namespace {

/// All rows of a query, or the error.
std::string rows_of(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    return sqlite3_errmsg(db);
  const auto owner = statement_handle{raw};
  auto result = std::string{};
  auto done = SQLITE_OK;
  while ((done = sqlite3_step(raw)) == SQLITE_ROW) {
    for (auto i = 0; i < sqlite3_column_count(raw); ++i) {
      const auto* text = sqlite3_column_text(raw, i);
      result += text == nullptr ? "NULL" : reinterpret_cast<const char*>(text);
      result += '|';
    }
    result += '\n';
  }
  if (done != SQLITE_DONE)
    result += sqlite3_errmsg(db);
  return result;
}

void run(sqlite3* db, const std::string& sql) {
  INFO(sql);
  REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr)
          == SQLITE_OK);
}

/// Of few words, so that they meet often.
class text_maker {
public:
  std::string make() {
    constexpr auto words = std::to_array<std::string_view>(
        {"a", "b", "c", "dd", "a", "Ab", "\u00e4b", "bc"});
    constexpr auto between = std::to_array<std::string_view>(
        {" ", " ", " ", ". ", ", ", ": ", "\n", "-"});
    auto result = std::string{pick(9) == 0 ? " " : ""};
    for (auto left = pick(40); left > 0; --left)
      result.append(words[pick(words.size())])
          .append(between[pick(between.size())]);
    return result;
  }

private:
  std::size_t pick(std::size_t below) {
    return random_() % below;
  }
  std::minstd_rand random_{7};
};

/// Whether FTS5 marks overlapping matches, and those at an edge, as ours does.
bool has_new_marks() {
  return sqlite3_libversion_number() >= 3'045'000;
}

constexpr auto queries = std::to_array<const char*>(
    {"a", "b", "a OR b", "a AND b", "\"a b\"", "a*", "NEAR(a b, 2)",
     "a OR b OR c OR dd", "y: a", "{x y} : b OR \"b c\"", "^a", "bc NOT a"});

/// Whose matches have no words in common and no more than one each.
constexpr auto simple_queries = std::size_t{3};

void compare_all(sqlite3* ours, sqlite3* plain) {
  for (auto i = std::size_t{0}; i < queries.size(); ++i) {
    const auto match
        = std::string{" FROM f WHERE f MATCH '"} + queries[i] + "'";
    const auto compare = [&](const std::string& sql) {
      CAPTURE(sql);
      REQUIRE(rows_of(ours, sql) == rows_of(plain, sql));
    };
    for (const auto* ranked :
         {"bm25(f)", "bm25(f, 2.0)", "bm25(f, 0.5, 'x', 3)", "rank"})
      compare(std::string{"SELECT "} + ranked + match);
    compare("SELECT rowid, rank" + match + " ORDER BY rank, rowid");
    for (const auto* column : {"0", "1", "-1", "7"}) {
      // Newer ones highlight no column that is not there.
      if (has_new_marks() || column[0] == '0' || column[0] == '1')
        compare(std::string{"SELECT highlight(f, "} + column + ", '<', '>')"
                + match + " ORDER BY rowid");
      for (const auto* words :
           {"-1", "0", "1", "2", "4", "5", "24", "64", "900"})
        if (has_new_marks() || words[0] == '9'
            || (i < simple_queries && std::string_view{words} > "1"))
          compare(std::string{"SELECT snippet(f, "} + column
                  + ", '<', '>', '…', " + words + ")" + match
                  + " ORDER BY rank, rowid");
    }
    compare("SELECT snippet(f, 0, NULL, NULL, NULL, 7)" + match);
    compare("SELECT highlight(f, 0, NULL, NULL)" + match);
    compare("SELECT snippet(f)" + match);
    compare("SELECT highlight(f, 1)" + match);
  }
}

} // namespace

TEST_CASE("snippet, highlight and bm25 give what FTS5's own would",
          "[storage][search]") {
  for (const auto* options :
       {"x, y", "x, y, tokenize = porter", "x, y, tokenize = ascii",
        "x, y, detail = column", "x, y, detail = none", "x, y, columnsize = 0",
        "x, y UNINDEXED, prefix = 1", "x, y, content = ''"}) {
    CAPTURE(options);
    auto database = test_database{};
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
    const auto plain = connection_handle{raw};
    auto* ours = database.writer().handle();
    auto texts = text_maker{};
    run(plain.get(),
        std::string{"CREATE VIRTUAL TABLE f USING fts5("} + options + ")");
    REQUIRE(database
                .write(std::string{"CREATE VIRTUAL TABLE f USING fts5("}
                       + options + ")")
                .done);
    for (auto i = 0; i < 30; ++i) {
      const auto row = "INSERT INTO f(rowid, x, y) VALUES ("
                       + std::to_string(i + 1) + ", '" + texts.make() + "', '"
                       + texts.make() + "')";
      run(plain.get(), row);
      REQUIRE(database.write(row).done);
    }
    compare_all(ours, plain.get());
  }
}

TEST_CASE("a text of one word is searched in a time that grows with it",
          "[storage][search]") {
  auto database = test_database{};
  // 900 kB: FTS5's own snippet() would take hours.
  REQUIRE(database
              .exec("CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f "
                    "SELECT replace(hex(zeroblob(75000)), '0', 'river ')")
              .done);
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  CHECK(database
            .read("SELECT length(snippet(f, -1, '<', '>', '...', 24)) AS n, "
                  "length(highlight(f, 0, '<', '>')) AS h, rank < 0 AS r FROM "
                  "f('river OR ri* OR river')")
            .results()
        == R"([{"n":194,"h":1200000,"r":1}])");
}

TEST_CASE("functions of search end at the deadline", "[storage][search]") {
  auto database = test_database{};
  REQUIRE(database
              .exec("CREATE VIRTUAL TABLE f USING fts5(x); CREATE VIRTUAL "
                    "TABLE g USING fts5(x, detail = none); INSERT INTO f "
                    "SELECT replace(hex(zeroblob(1000000)), '0', 'a '); INSERT "
                    "INTO g SELECT x FROM f")
              .done);
  for (const auto* table : {"f", "g"})
    for (const auto* call : {"snippet(T, 0, '<', '>', '', 64)",
                             "highlight(T, 0, '<', '>')", "bm25(T)"}) {
      auto sql = "SELECT " + std::string{call} + " FROM T('a OR a OR a OR a')";
      for (auto at = sql.find('T', 7); at != std::string::npos;
           at = sql.find('T', at + 1))
        if (sql[at - 1] == '(' || sql[at - 1] == ' ')
          sql.replace(at, 1, table);
      CAPTURE(sql);
      const auto start = std::chrono::steady_clock::now();
      database.limits.until = start + std::chrono::milliseconds{30};
      CHECK(database.read(sql).failure()
            == "timeout: the deadline passed while the statement ran; it was "
               "interrupted and changed nothing");
      CHECK(std::chrono::steady_clock::now() - start
            < std::chrono::seconds{20});
    }
}

} // namespace sluice::storage
