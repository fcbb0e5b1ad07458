#include "storage/statement.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>

namespace sluice::storage {

namespace {

using codec::blob;
using codec::named_parameters;
using codec::positional_parameters;
using codec::value;

constexpr auto wrong_bindings
    = "sql_error: Wrong number of parameter bindings for SQL query.";

blob make_blob(std::string_view text) {
  auto result = blob{};
  for (const auto c : text)
    result.bytes.push_back(static_cast<std::byte>(c));
  return result;
}

/// The rows of a SELECT with parameters.
std::string rows(test_database& database, std::string sql,
                 codec::parameters params = {}) {
  const auto done
      = database.read(request(std::move(sql), std::move(params),
                              codec::results_format::rows_and_columns));
  return done.done ? done.at("/results/rows") : done.failure();
}

/// `x` as it comes back, as JSON text.
std::string round_trip(test_database& database, value x) {
  const auto done
      = database.read("SELECT ? AS x", positional_parameters{std::move(x)});
  const auto text = done.results();
  constexpr auto head = std::string_view{R"([{"x":)"};
  return text.starts_with(head)
             ? text.substr(head.size(), text.size() - head.size() - 2)
             : text;
}

std::string rest_of(std::string_view sql) {
  return std::string{skip_blank(sql)};
}

} // namespace

TEST_CASE("each type of value is bound as SQLite's own type",
          "[storage][statement]") {
  auto database = test_database{};
  CHECK(rows(database,
             "SELECT typeof(?1), typeof(?2), typeof(?3), typeof(?4), "
             "typeof(?5), typeof(?6), typeof(?7)",
             positional_parameters{std::monostate{}, std::int64_t{1}, 1.0,
                                   std::string{"a"}, std::string{},
                                   make_blob("a"), blob{}})
        == R"([["null","integer","real","text","text","blob","blob"]])");
}

TEST_CASE("positional parameters are bound in order and by number",
          "[storage][statement]") {
  auto database = test_database{};
  const auto params = positional_parameters{std::int64_t{1}, std::int64_t{2},
                                            std::int64_t{3}};
  CHECK(rows(database, "SELECT ?, ?, ?", params) == "[[1,2,3]]");
  CHECK(rows(database, "SELECT ?3, ?1, ?2, ?1", params) == "[[3,1,2,1]]");
  CHECK(rows(database, "SELECT ?2, ?", params) == "[[2,3]]");
}

TEST_CASE("named parameters are bound with and without their prefix",
          "[storage][statement]") {
  auto database = test_database{};
  const auto sql = std::string{"SELECT :a, @b, $c, :a"};
  const auto expected = "[[1,2,3,1]]";
  CHECK(rows(database, sql,
             named_parameters{{"c", std::int64_t{3}},
                              {"a", std::int64_t{1}},
                              {"b", std::int64_t{2}}})
        == expected);
  CHECK(rows(database, sql,
             named_parameters{{":a", std::int64_t{1}},
                              {"@b", std::int64_t{2}},
                              {"$c", std::int64_t{3}}})
        == expected);
}

TEST_CASE("a wrong number of parameters is named as D1 names it",
          "[storage][statement]") {
  auto database = test_database{};
  const auto one = std::int64_t{1};
  CHECK(rows(database, "SELECT ?") == wrong_bindings);
  CHECK(rows(database, "SELECT ?, ?", positional_parameters{one})
        == wrong_bindings);
  CHECK(rows(database, "SELECT ?", positional_parameters{one, one})
        == wrong_bindings);
  CHECK(rows(database, "SELECT 1", positional_parameters{one})
        == wrong_bindings);
  CHECK(rows(database, "SELECT ?3", positional_parameters{one})
        == wrong_bindings);
}

TEST_CASE("named parameters that do not match are wrong bindings",
          "[storage][statement]") {
  auto database = test_database{};
  const auto one = value{std::int64_t{1}};
  CHECK(rows(database, "SELECT :a", named_parameters{{"b", one}})
        == wrong_bindings);
  CHECK(rows(database, "SELECT :a", named_parameters{{"a", one}, {"b", one}})
        == wrong_bindings);
  CHECK(rows(database, "SELECT :a, :b", named_parameters{{"a", one}})
        == wrong_bindings);
  CHECK(rows(database, "SELECT ?", named_parameters{{"a", one}})
        == wrong_bindings);
  CHECK(rows(database, "SELECT 1", named_parameters{{"a", one}})
        == wrong_bindings);
}

TEST_CASE("parameters do not stay bound for the next execution",
          "[storage][statement]") {
  auto database = test_database{};
  const auto sql = std::string{"SELECT ? AS x"};
  CHECK(rows(database, sql, positional_parameters{std::int64_t{1}}) == "[[1]]");
  CHECK(rows(database, sql) == wrong_bindings);
  CHECK(rows(database, sql, positional_parameters{std::monostate{}})
        == "[[null]]");
}

TEST_CASE("an INTEGER keeps all its digits", "[storage][statement]") {
  auto database = test_database{};
  using limits = std::numeric_limits<std::int64_t>;
  CHECK(round_trip(database, limits::max()) == "9223372036854775807");
  CHECK(round_trip(database, limits::min()) == "-9223372036854775808");
  CHECK(round_trip(database, std::int64_t{9'007'199'254'740'993})
        == "9007199254740993");
  CHECK(round_trip(database, std::int64_t{0}) == "0");
}

TEST_CASE("a REAL is the shortest text that reads back equal",
          "[storage][statement]") {
  auto database = test_database{};
  CHECK(round_trip(database, 0.1) == "0.1");
  CHECK(round_trip(database, 0.1 + 0.2) == "0.30000000000000004");
  CHECK(round_trip(database, 1.0) == "1.0");
  CHECK(round_trip(database, 5e-324) == "5e-324");
  CHECK(round_trip(database, std::numeric_limits<double>::max())
        == "1.7976931348623157e+308");
}

TEST_CASE("infinities come out as null", "[storage][statement]") {
  auto database = test_database{};
  CHECK(round_trip(database, std::numeric_limits<double>::infinity())
        == "null");
  CHECK(database.read("SELECT 9e999 AS a, -9e999 AS b").results()
        == R"([{"a":null,"b":null}])");
}

TEST_CASE("a BLOB comes out as an array of bytes", "[storage][statement]") {
  auto database = test_database{};
  CHECK(round_trip(database, make_blob(std::string_view{"\0a\xff", 3}))
        == "[0,97,255]");
  CHECK(round_trip(database, blob{}) == "[]");
  CHECK(database.read("SELECT x'00ff' AS a, zeroblob(2) AS b").results()
        == R"([{"a":[0,255],"b":[0,0]}])");
}

TEST_CASE("a NUL inside of a text goes in and comes out",
          "[storage][statement]") {
  auto database = test_database{};
  const auto text = std::string{"a\0b", 3};
  CHECK(round_trip(database, text) == R"("a\u0000b")");
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  REQUIRE(database.write("INSERT INTO t VALUES (?)", {text}).failure()
          == "none");
  CHECK(database.read("SELECT x, length(CAST(x AS BLOB)) AS n FROM t").results()
        == R"([{"x":"a\u0000b","n":3}])");
}

TEST_CASE("a text that is not UTF-8 comes out with U+FFFD",
          "[storage][statement]") {
  auto database = test_database{};
  CHECK(database.read("SELECT CAST(x'61ff62' AS TEXT) AS x").results()
        == "[{\"x\":\"a\xef\xbf\xbd"
           "b\"}]");
}

TEST_CASE("texts with quotes, line ends and other scripts come out whole",
          "[storage][statement]") {
  auto database = test_database{};
  CHECK(round_trip(database, std::string{"a\"b\\\n\t\xe2\x82\xac"})
        == "\"a\\\"b\\\\\\n\\t\xe2\x82\xac\"");
  CHECK(round_trip(database, std::string{}) == R"("")");
}

TEST_CASE("preparing gives the first statement and what follows it",
          "[storage][statement]") {
  auto database = test_database{};
  auto tail = std::string_view{};
  auto made
      = statement::prepare(database.reader().handle(), "SELECT 1; SELECT 2",
                           statement_lifetime::once, tail);
  REQUIRE(made);
  CHECK_FALSE(made->empty());
  CHECK(tail == " SELECT 2");
  made = statement::prepare(database.reader().handle(), "-- nothing",
                            statement_lifetime::once, tail);
  REQUIRE(made);
  CHECK(made->empty());
}

TEST_CASE("a statement knows whether it only reads", "[storage][statement]") {
  auto database = test_database{};
  REQUIRE(database.write("CREATE TABLE t(x)").failure() == "none");
  const auto reads = [&](std::string_view sql) {
    auto tail = std::string_view{};
    auto made = statement::prepare(database.writer().handle(), sql,
                                   statement_lifetime::once, tail);
    return made && made->is_read_only();
  };
  CHECK(reads("SELECT * FROM t"));
  CHECK(reads("WITH a AS (SELECT 1) SELECT * FROM a"));
  CHECK(reads("VALUES (1)"));
  CHECK(reads("EXPLAIN QUERY PLAN INSERT INTO t VALUES (1)"));
  CHECK(reads("EXPLAIN DELETE FROM t"));
  CHECK_FALSE(reads("INSERT INTO t VALUES (1)"));
  CHECK_FALSE(reads("WITH a AS (SELECT 1) DELETE FROM t"));
  CHECK_FALSE(reads("INSERT INTO t VALUES (1) RETURNING x"));
  CHECK_FALSE(reads("CREATE TABLE u(x)"));
}

TEST_CASE("columns know which of one name the later one shadows",
          "[storage][statement]") {
  auto database = test_database{};
  auto tail = std::string_view{};
  auto made = statement::prepare(database.reader().handle(),
                                 R"(SELECT 1 AS a, 2 AS "b""c", 3 AS a)",
                                 statement_lifetime::once, tail);
  REQUIRE(made);
  const auto& columns = made->columns();
  REQUIRE(columns.size() == 3);
  CHECK(columns[0].shadowed);
  CHECK_FALSE(columns[1].shadowed);
  CHECK_FALSE(columns[2].shadowed);
  CHECK(columns[1].name == R"(b"c)");
  CHECK(columns[1].quoted_name == R"("b\"c")");
}

TEST_CASE("skip_blank drops blanks, comments and semicolons in front",
          "[storage][statement]") {
  CHECK(rest_of("SELECT 1") == "SELECT 1");
  CHECK(rest_of(" \t\r\n\f;; SELECT 1 ") == "SELECT 1 ");
  CHECK(rest_of("-- a\n-- b\nSELECT 1") == "SELECT 1");
  CHECK(rest_of("/* a; -- */ /**/ SELECT 1") == "SELECT 1");
  CHECK(rest_of("/*/ a */SELECT 1") == "SELECT 1");
  CHECK(rest_of("-- only a comment").empty());
  CHECK(rest_of("/* without an end").empty());
  CHECK(rest_of("").empty());
  CHECK(rest_of("-1") == "-1");
}

} // namespace sluice::storage
