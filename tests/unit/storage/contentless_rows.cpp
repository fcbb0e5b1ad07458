#include "tests/unit/storage/export_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::storage {

namespace {

constexpr auto list_words
    = "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, f, instance)";
constexpr auto refusal
    = "bad_request: the table 'f' keeps no texts (content=''), and the parts "
      "of its index do not fit together, as after a 'delete' with other texts "
      "than were inserted; leave it out";

/// All that can be seen of the index, but for the sizes.
void expect_same_index(const export_fixture& of, const raw_database& copy) {
  for (const auto* database : {&of.source, &copy}) {
    database->run("DROP TABLE IF EXISTS words");
    database->run(list_words);
  }
  of.expect_same(copy, "SELECT * FROM words ORDER BY 1, 2, 3, 4");
  of.expect_same(copy, "SELECT k, v FROM f_config ORDER BY k");
  // The totals, which the rank is made of.
  of.expect_same(copy, "SELECT block FROM f_data WHERE id = 1");
  for (const auto* query : {"ease", "running", "the OR and", "c AND b", "wor*"})
    of.expect_same(copy, "SELECT rowid, rank FROM f('" + std::string{query}
                             + "') ORDER BY rank, rowid");
}

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
                 "an index without texts comes back whatever it tells of them",
                 "[storage][export]") {
  for (const std::string tokenizer :
       {"", "tokenize=\"unicode61 tokenchars '-+'\",", "tokenize='porter',",
        "tokenize='porter ascii',", "tokenize='trigram',"})
    for (const auto* detail : {"full", "column", "none"})
      for (const auto* sizes : {"1", "0"}) {
        CAPTURE(tokenizer, detail, sizes);
        source.run("DROP TABLE IF EXISTS f");
        source.run("CREATE VIRTUAL TABLE f USING fts5(b UNINDEXED, title, a, "
                   "content='', prefix='2 3', "
                   + tokenizer + "detail=" + detail + ", columnsize=" + sizes
                   + ")");
        // Of "ease" the stem is "eas", and of that it is "ea".
        source.run(
            "INSERT INTO f(rowid, b, title, a) VALUES "
            "(-5, 'left out', 'with ease', 'running and running again'),"
            "(1, NULL, 'a-b +c \\d \\+e \\*9', 'a b c a b c a b c a'),"
            "(2, '', '', ''), (3, NULL, NULL, NULL),"
            "(7, 'x', 'The generalizations of \u00dcber\u00f6sterreich', ''),"
            "(9, 'x', 'xy', replace(hex(zeroblob(200)), '0', 'word ')),"
            "(10, 'x', 'gone', 'away'), (11, 'x', '', 'the the the')");
        source.run("INSERT INTO f(f, rowid, b, title, a) VALUES ('delete', 10, "
                   "'x', 'gone', 'away')");
        const auto copy = import(true);
        expect_same_index(*this, copy);
        if (*sizes == '1')
          expect_same(copy, "SELECT * FROM f_docsize");
      }
}

TEST_CASE_METHOD(export_fixture,
                 "lists of tokens are written only where texts do not do",
                 "[storage][export]") {
  const auto is_listed = [this](const std::string& option) {
    source.run("DROP TABLE IF EXISTS f");
    source.run("CREATE VIRTUAL TABLE f USING fts5(x, content=''" + option
               + ")");
    source.run("INSERT INTO f(rowid, x) VALUES (1, 'with ease'), (2, 'a b')");
    REQUIRE(failure_of(try_export()) == "none");
    return text.contains("sluice_fts5_tokens");
  };
  for (const auto* option :
       {"", ", detail=none", ", detail=column", ", columnsize=0",
        ", columnsize=0, detail=none", ", tokenize='trigram'"}) {
    CAPTURE(option);
    CHECK(!is_listed(option));
  }
  CHECK(is_listed(", tokenize='porter'"));
  CHECK(text.contains("INSERT INTO \"f\" (\"rowid\",\"x\") "
                      "VALUES(1,sluice_fts5_tokens('with eas'));\n"));
  CHECK(is_listed(", tokenize='trigram', detail=none"));
}

TEST_CASE_METHOD(export_fixture,
                 "an index with several words at a place comes back",
                 "[storage][export]") {
  source.run("CREATE VIRTUAL TABLE f USING fts5(x, content='', "
             "tokenize='unicode61');"
             "INSERT INTO f(rowid, x) VALUES (1, 'one two'), (1, 'a b')");
  const auto copy = import(true);
  source.run(list_words);
  copy.run(list_words);
  expect_same(copy, "SELECT * FROM words ORDER BY 1, 2, 3, 4");
  expect_same(copy, "SELECT * FROM f_docsize");
  CHECK(copy.rows("SELECT * FROM words").size() == 4);
}

TEST_CASE_METHOD(export_fixture, "a list of tokens that is long comes in parts",
                 "[storage][export]") {
  source.run("CREATE VIRTUAL TABLE f USING fts5(x, content='', "
             "tokenize='porter')");
  source.run("INSERT INTO f(rowid, x) VALUES (1, 'ease ' || "
             "replace(hex(zeroblob(30000)), '0', 'running '))");
  const auto copy = import(true);
  CHECK(text.contains("sluice_parts"));
  expect_same_index(*this, copy);
  expect_same(copy, "SELECT * FROM f_docsize");
}

TEST_CASE_METHOD(export_fixture,
                 "an index whose parts do not fit together is refused by the "
                 "name of its table",
                 "[storage][export]") {
  source.run("CREATE VIRTUAL TABLE f USING fts5(x, content='');"
             "INSERT INTO f(rowid, x) VALUES (1, 'one two three');"
             "INSERT INTO f(f, rowid, x) VALUES ('delete', 1, 'two')");
  CHECK(failure_of(try_export()) == refusal);
  CHECK(text.empty());
  options.excluded = {"f"};
  CHECK(failure_of(try_export()) == "none");
  options = {.has_data = false};
  CHECK(failure_of(try_export()) == "none");
}

} // namespace sluice::storage
