#include "tests/unit/storage/export_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::storage {

namespace {

constexpr auto list_words
    = "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, f, instance)";
constexpr auto refusal
    = "bad_request: the table 'f' keeps no texts (content=''), and its index "
      "does not tell them; leave it out";

} // namespace

TEST_CASE_METHOD(export_fixture,
                 "an index whose texts are nowhere comes back as it was",
                 "[storage][export]") {
  source.run(
      "CREATE VIRTUAL TABLE f USING fts5(title, \"the body\", content='');"
      "INSERT INTO f(f, rank) VALUES ('rank', 'bm25(10.0, 1.0)');"
      "INSERT INTO f(rowid, title, \"the body\") VALUES "
      "(-7, 'Hello, World!', 'It''s \u00c9t\u00e9; \u00fcber (2) x2 a_b'), "
      "(3, NULL, ''), (4, 'world world', 'hello world hello'), "
      "(9000000000, '', 'to be deleted'), "
      "(9000000001, '\u65e5\u672c\u8a9e \U0001f600', 'NULL \"quoted\" AND OR');"
      "INSERT INTO f(f, rowid, title, \"the body\") VALUES "
      "('delete', 9000000000, '', 'to be deleted');"
      "CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  const auto copy = import();
  expect_equal(copy, {"t", "f_docsize"});
  source.run(list_words);
  copy.run(list_words);
  expect_same(copy, "SELECT * FROM words ORDER BY 1, 2, 3, 4");
  expect_same(copy, "SELECT k, v FROM f_config ORDER BY k");
  expect_same(copy, "SELECT rowid, rank FROM f('world') ORDER BY rank");
  expect_same(copy, "SELECT rowid FROM f('\"hello world\"')");
  expect_same(copy, "SELECT rowid FROM f('title : \u65e5\u672c\u8a9e')");
  expect_same(copy, "SELECT rowid FROM f('deleted')");
  CHECK(copy.rows("SELECT rowid FROM f('world')").size() == 2);
}

TEST_CASE_METHOD(export_fixture,
                 "several indexes without texts come back, an empty one, too",
                 "[storage][export]") {
  source.run("CREATE VIRTUAL TABLE e USING fts5(x, content='');"
             "CREATE VIRTUAL TABLE f USING fts5(x, content='', prefix='2 3', "
             "tokenize='porter ascii');"
             "CREATE VIRTUAL TABLE g USING fts5(x, content='');"
             "INSERT INTO f(rowid, x) VALUES (1, 'one two');"
             "INSERT INTO g(rowid, x) VALUES (1, 'three'), (2, 'four')");
  const auto copy = import();
  expect_equal(copy, {"e_docsize", "f_docsize", "g_docsize"});
  CHECK(copy.first("SELECT rowid FROM f('tw*')") == "i1|");
  CHECK(copy.first("SELECT rowid FROM g('four')") == "i2|");
}

TEST_CASE_METHOD(export_fixture,
                 "an index that does not tell the texts it was made of is "
                 "refused by the name of its table",
                 "[storage][export]") {
  for (const auto* option : {"detail=none", "detail=column", "columnsize=0",
                             "tokenize='porter'", "tokenize='trigram'"}) {
    CAPTURE(option);
    source.run("DROP TABLE IF EXISTS f");
    source.run("CREATE VIRTUAL TABLE f USING fts5(x, content='', "
               + std::string{option} + ")");
    // Of "ease" the stem is "eas", and of that it is "ea".
    source.run("INSERT INTO f(rowid, x) VALUES (1, 'with ease')");
    CHECK(failure_of(try_export()) == refusal);
    CHECK(text.empty());
  }
  options.excluded = {"f"};
  CHECK(failure_of(try_export()) == "none");
  options = {.has_data = false};
  CHECK(failure_of(try_export()) == "none");
}

} // namespace sluice::storage
