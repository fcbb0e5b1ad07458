#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <array>
#include <random>

namespace sluice::storage {

namespace {

/// What an expression gives, its type, and how it lies in other JSON; or the
/// error.
std::string patched(sqlite3* db, const std::string& call) {
  sqlite3_stmt* raw = nullptr;
  const auto sql = "SELECT quote(" + call + ") || ' ' || typeof(" + call
                   + ") || ' ' || json_array(" + call + ")";
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    return sqlite3_errmsg(db);
  const auto owner = statement_handle{raw};
  if (sqlite3_step(raw) != SQLITE_ROW)
    return sqlite3_errmsg(db);
  const auto* text = sqlite3_column_text(raw, 0);
  return text == nullptr ? "NULL" : reinterpret_cast<const char*>(text);
}

/// Makes JSON of few keys, so that many are there twice.
class json_maker {
public:
  explicit json_maker(unsigned seed) : random_{seed} {
    // nop
  }

  std::string make(int depth) {
    constexpr auto leaves = std::to_array<std::string_view>(
        {"null", "true", "false", "0", "-0", "1.0", "1e5", "1E+05",
         "12345678901234567890", R"("")", R"("a")", R"("\u0041\n")", "[]", "{}",
         R"("ä€")"});
    const auto kind = depth == 0 ? 0U : pick(4);
    if (kind < 1)
      return std::string{leaves[pick(leaves.size())]};
    const auto is_object = kind > 1;
    auto result = std::string{is_object ? "{" : "["};
    for (auto left = pick(5); left > 0; --left) {
      if (result.size() > 1)
        result += pick(2) == 0 ? "," : " , ";
      if (is_object)
        result += key() + (pick(2) == 0 ? ":" : ": ");
      result += make(depth - 1);
    }
    return result + (is_object ? "}" : "]");
  }

  /// Now and then what is no JSON.
  std::string argument() {
    switch (pick(20)) {
    case 0:
      return "NULL";
    case 1:
      return "'{\"a\":'";
    case 2:
      return "17";
    case 3:
      return "x'7b7d'";
    case 4:
      return "x''";
    default:
      return "'" + make(3) + "'";
    }
  }

private:
  std::size_t pick(std::size_t below) {
    return random_() % below;
  }
  std::string key() {
    constexpr auto keys = std::to_array<std::string_view>(
        {R"("a")", R"("b")", R"("\u0061")", R"("")", R"("ä")", R"("a:b")"});
    return std::string{keys[pick(keys.size())]};
  }

  std::minstd_rand random_;
};

/// A call of two objects that have so many keys, of which the last is the same.
std::string call_with_keys(int target, int patch) {
  const auto object = [](int keys) {
    return "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
           "LIMIT "
           + std::to_string(keys) + ") SELECT json_group_object('key' || ("
           + std::to_string(keys) + " - i), i) FROM c)";
  };
  return "json_patch(" + object(target) + ", " + object(patch) + ")";
}

} // namespace

TEST_CASE("json_patch gives what SQLite's own would", "[storage][json]") {
  auto database = test_database{};
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
  const auto plain = connection_handle{raw};
  auto maker = json_maker{13};
  for (auto i = 0; i < 2'000; ++i) {
    const auto call
        = "json_patch(" + maker.argument() + ", " + maker.argument() + ")";
    CAPTURE(call);
    REQUIRE(patched(database.reader().handle(), call)
            == patched(plain.get(), call));
  }
  CHECK(database.read("SELECT json_patch(1)").failure()
        == "sql_error: wrong number of arguments to function json_patch() "
           "at offset 7: SQLITE_ERROR");
}

TEST_CASE("json_patch refuses objects whose keys it would compare for seconds",
          "[storage][json]") {
  auto database = test_database{};
  const auto refused = std::string{
      "sql_error: the objects given to json_patch have too many keys: the "
      "number of keys in the patch, multiplied by the number in both, may be "
      "100000000 at most; patch a part of them at a time: SQLITE_ERROR"};
  CHECK(database.read("SELECT " + call_with_keys(200'000, 200'000)).failure()
        == refused);
  CHECK(database.read("SELECT length(" + call_with_keys(500'000, 90) + ") AS n")
            .failure()
        == "none");
  CHECK(database.read("SELECT length(" + call_with_keys(100, 5'000) + ") AS n")
            .failure()
        == "none");
}

TEST_CASE("json_patch may stand in indexes and generated columns",
          "[storage][json]") {
  auto database = test_database{};
  REQUIRE(database
              .exec("CREATE TABLE t(x, y AS (json_patch(x, '{\"a\":null}')) "
                    "STORED); CREATE INDEX i ON t(json_patch(x, '{}'));"
                    "INSERT INTO t(x) VALUES ('{\"a\":1,\"b\":2}')")
              .done);
  CHECK(database.read("SELECT y FROM t").results()
        == R"j([{"y":"{\"b\":2}"}])j");
}

} // namespace sluice::storage
