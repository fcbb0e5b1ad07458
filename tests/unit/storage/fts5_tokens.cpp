#include "storage/fts5_tokens.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace sluice::storage {

namespace {

/// Has a table `f` and a view of its words.
struct token_fixture {
  token_fixture() {
    run("CREATE VIRTUAL TABLE f USING fts5(x, tokenize='porter', content='')");
    run("CREATE VIRTUAL TABLE words USING fts5vocab(f, instance)");
  }

  void run(const std::string& sql) {
    CAPTURE(sql);
    REQUIRE(database.write(sql).failure() == "none");
  }
  void insert(std::string_view list) {
    REQUIRE(database
                .write("INSERT INTO f(x) VALUES (sluice_fts5_tokens(?))",
                       {std::string{list}})
                .failure()
            == "none");
  }
  [[nodiscard]] std::string words() {
    return database
        .read("SELECT group_concat(term || '@' || \"offset\", ' ') AS w FROM "
              "(SELECT * FROM words ORDER BY doc, \"offset\", term)")
        .at("/results/0/w");
  }

  test_database database;
};

} // namespace

TEST_CASE_METHOD(token_fixture,
                 "FTS5 takes the tokens of a list as they are, and others not",
                 "[storage][fts5]") {
  insert("running eas Running");
  CHECK(words() == R"("running@0 eas@1 Running@2")");
  run("INSERT INTO f(f) VALUES ('delete-all')");
  run("INSERT INTO f(x) VALUES ('running ease')");
  CHECK(words() == R"("run@0 eas@1")");
}

TEST_CASE_METHOD(token_fixture, "a list can have any token at any place",
                 "[storage][fts5]") {
  auto list = std::string{};
  append_token(list, "a b");
  append_token(list, "\\");
  append_token_at_same_place(list, "+c ");
  append_token(list, "\\+");
  append_token(list, "*3");
  append_repeats(list, 2);
  append_token(list, "\u00fc\n");
  insert(list);
  CHECK(words() == R"("a b@0 +c @1 \\@1 \\+@2 *3@3 *3@4 *3@5 ü\n@6")");
}

TEST_CASE_METHOD(token_fixture,
                 "a list that nobody wrote well is taken as well",
                 "[storage][fts5]") {
  insert("  a   b\\");
  insert("\\*2 c \\*x\\* \\*1x \\+");
  insert("");
  CHECK(words() == R"("a@0 b@1 c@0 c@1")");
  run("INSERT INTO f(x) VALUES (sluice_fts5_tokens(NULL))");
  CHECK(database.read("SELECT sluice_fts5_tokens(NULL) AS x").results()
        == R"([{"x":null}])");
}

TEST_CASE_METHOD(token_fixture,
                 "a list with endless repeats ends at the deadline",
                 "[storage][fts5]") {
  database.limits.until
      = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
  const auto failure
      = database
            .write("INSERT INTO f(x) VALUES "
                   "(sluice_fts5_tokens('a \\*99999999999999999999'))")
            .failure();
  CHECK(failure.starts_with("timeout: "));
  database.limits.until = no_deadline;
  CHECK(words() == "null");
}

TEST_CASE_METHOD(token_fixture,
                 "the function of lists is not for views and triggers",
                 "[storage][fts5]") {
  run("CREATE VIEW v AS SELECT sluice_fts5_tokens('a') AS x");
  CHECK(database.read("SELECT x FROM v")
            .failure()
            .contains("sluice_fts5_tokens"));
}

TEST_CASE_METHOD(token_fixture, "trigrams still serve LIKE",
                 "[storage][fts5]") {
  run("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='trigram')");
  CHECK(database.read("EXPLAIN QUERY PLAN SELECT x FROM t WHERE x LIKE '%abc%'")
            .results()
            .contains("VIRTUAL TABLE INDEX 0:L0"));
}

} // namespace sluice::storage
