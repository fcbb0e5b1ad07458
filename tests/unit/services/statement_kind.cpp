#include "services/statement_kind.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::services {

TEST_CASE("a statement that begins with a word for reading looks like a read",
          "[services][statement_kind]") {
  for (const auto* sql :
       {"SELECT 1", "select 1", "SeLeCt 1", "VALUES (1)",
        "WITH a AS (SELECT 1) SELECT * FROM a", "EXPLAIN SELECT 1",
        "PRAGMA table_list", "  \t\r\n\fSELECT 1", ";; SELECT 1",
        "-- a comment\nSELECT 1", "/* INSERT */ SELECT 1",
        "/**/--\n/*/ INSERT */SELECT 1", "(SELECT 1)"}) {
    CAPTURE(sql);
    CHECK(looks_like_read(std::string_view{sql}));
  }
}

TEST_CASE("any other statement does not look like a read",
          "[services][statement_kind]") {
  for (const auto* sql :
       {"INSERT INTO t VALUES (1)", "UPDATE t SET x = 1", "DELETE FROM t",
        "REPLACE INTO t VALUES (1)", "CREATE TABLE t(x)", "DROP TABLE t",
        "ALTER TABLE t ADD y", "ANALYZE", "BEGIN", "SELEC", "-- SELECT\nDELETE",
        "/* SELECT */ DELETE FROM t", "/*/SELECT*/ DELETE FROM t", "%ELECT 1",
        "1 SELECT"}) {
    CAPTURE(sql);
    CHECK_FALSE(looks_like_read(std::string_view{sql}));
  }
}

TEST_CASE("a text without a statement looks like a read",
          "[services][statement_kind]") {
  // A reader can say as well as the writer that there is none.
  for (const auto* sql : {"", " ;", "-- nothing", "/* without an end"}) {
    CAPTURE(sql);
    CHECK(looks_like_read(std::string_view{sql}));
  }
}

TEST_CASE("a batch looks like a read if all of it does",
          "[services][statement_kind]") {
  auto request = codec::query_request{};
  request.queries = {{"SELECT 1", {}}, {"VALUES (2)", {}}};
  CHECK(looks_like_read(request));
  request.queries.push_back({"DELETE FROM t", {}});
  CHECK_FALSE(looks_like_read(request));
}

} // namespace sluice::services
