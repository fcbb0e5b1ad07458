#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <iterator>
#include <limits>
#include <set>
#include <sstream>

/// Every function that SQLite has, with arguments that make a loop in it as
/// long as they can: each call must end at its deadline, or soon afterwards. A
/// loop in one function of C that looks at no clock holds its thread for hours.
namespace sluice::storage {

namespace {

constexpr auto patience = std::chrono::milliseconds{200};

#ifdef __SANITIZE_ADDRESS__
constexpr auto slack = std::chrono::seconds{30};
#else
constexpr auto slack = std::chrono::seconds{3};
#endif

/// SQLite itself has no sanitizers.
constexpr auto slack_of_sqlite = std::chrono::seconds{3};

/// What takes the square of the largest takes minutes.
constexpr auto sizes = std::to_array<int>({3'000, 250'000});

/// All that has been looked at: a function whose arguments are of a language
/// of their own, such as patterns, formats and paths, needs a kind of value
/// below. To one that is not here nobody has given a thought yet.
constexpr auto known_functions = std::string_view{
    "-> ->> abs acos acosh asin asinh atan atan2 atanh avg bm25 ceil ceiling "
    "changes char coalesce concat concat_ws cos cosh count cume_dist "
    "current_date current_time current_timestamp date datetime degrees "
    "dense_rank exp first_value floor format fts3_tokenizer fts5 "
    "fts5_source_id glob group_concat hex highlight if ifnull iif instr json "
    "json_array json_array_length json_error_position json_extract "
    "json_group_array json_group_object json_insert json_object json_patch "
    "json_pretty json_quote json_remove json_replace json_set json_type "
    "json_valid jsonb jsonb_array jsonb_extract jsonb_group_array "
    "jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove "
    "jsonb_replace jsonb_set julianday lag last_insert_rowid last_value lead "
    "length like likelihood likely ln load_extension log log10 log2 lower "
    "ltrim match matchinfo max min mod nth_value ntile nullif octet_length "
    "offsets optimize percent_rank pi pow power printf quote radians random "
    "randomblob rank replace round row_number rtreecheck rtreedepth rtreenode "
    "rtrim sign sin sinh sluice_fts5_tokens snippet soundex "
    "sqlite_compileoption_get sqlite_compileoption_used sqlite_log "
    "sqlite_offset sqlite_source_id sqlite_version sqrt strftime string_agg "
    "substr substring subtype sum tan tanh time timediff total total_changes "
    "trim trunc typeof unhex unicode unixepoch unlikely upper zeroblob"};

constexpr auto known_modules = std::string_view{
    "dbstat fts3 fts3tokenize fts4 fts4aux fts5 fts5vocab json_each json_tree "
    "pragma_function_list pragma_module_list rtree rtree_i32 sqlite_stmt"};

std::set<std::string> words_of(std::string_view text) {
  auto in = std::istringstream{std::string{text}};
  return {std::istream_iterator<std::string>{in}, {}};
}

struct function {
  std::string name;
  std::string type; ///< s: scalar; a: aggregate; w: also a window function.
  int arguments;    ///< Below 0: any number.
};

/// Those of the library, as of a connection of ours.
std::vector<function> functions_of(sqlite3* db) {
  auto result = std::vector<function>{};
  sqlite3_stmt* raw = nullptr;
  REQUIRE(sqlite3_prepare_v2(db,
                             "SELECT DISTINCT name, type, narg FROM "
                             "pragma_function_list ORDER BY 1, 3",
                             -1, &raw, nullptr)
          == SQLITE_OK);
  const auto owner = statement_handle{raw};
  const auto text = [raw](int column) {
    return std::string{
        reinterpret_cast<const char*>(sqlite3_column_text(raw, column))};
  };
  while (sqlite3_step(raw) == SQLITE_ROW)
    result.push_back({text(0), text(1), sqlite3_column_int(raw, 2)});
  return result;
}

/// A connection to which nothing is forbidden.
class plain_connection {
public:
  plain_connection() {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
    handle_.reset(raw);
  }
  [[nodiscard]] sqlite3* handle() const noexcept {
    return handle_.get();
  }

private:
  connection_handle handle_;
};

std::string repeated_to(std::string_view unit, int bytes) {
  auto result = std::string{};
  while (result.size() < static_cast<std::size_t>(bytes))
    result += unit;
  return result;
}

std::string members(int bytes, bool are_named) {
  auto result = std::string{are_named ? "{" : "["};
  for (auto i = 0; result.size() < static_cast<std::size_t>(bytes); ++i) {
    if (i > 0)
      result += ',';
    if (are_named)
      result.append("\"k").append(std::to_string(i)).append("\":");
    result += std::to_string(i);
  }
  return result + (are_named ? "}" : "]");
}

std::string nested(std::string_view open, std::string_view close, int bytes) {
  const auto depth = std::min(bytes / 2, 900);
  return repeated_to(open, depth * static_cast<int>(open.size())) + "1"
         + repeated_to(close, depth * static_cast<int>(close.size()));
}

codec::blob bytes_of(const std::string& text) {
  auto result = codec::blob{};
  result.bytes.resize(text.size());
  std::memcpy(result.bytes.data(), text.data(), text.size());
  return result;
}

/// Values of about so many bytes, in the languages that functions read.
std::vector<codec::value> values_of(int bytes) {
  const auto word = repeated_to("a", bytes);
  const auto text = [&](std::string_view unit) {
    return codec::value{repeated_to(unit, bytes)};
  };
  return {codec::value{word}, codec::value{word + "b"}, text("ab"),
          text("\u00e4"), text("a "),
          // Numbers, and JSON of one.
          text("9"), codec::value{"0." + repeated_to("9", bytes)},
          // Patterns.
          text("%_"), text("*?[a]"),
          // Formats, of printf and of dates, and what is before a date.
          text("%s%.9999999f"), text("%Y%j%s"), text("+1 day "),
          // JSON, and its paths.
          codec::value{members(bytes, true)},
          codec::value{members(bytes, false)},
          codec::value{nested("[", "]", bytes)},
          codec::value{nested(R"({"a":)", "}", bytes)},
          codec::value{"\"" + repeated_to("\\u0061", bytes) + "\""},
          codec::value{"$" + repeated_to(".a", bytes)},
          codec::value{"$" + repeated_to("[0]", bytes)},
          codec::value{bytes_of(word)}, codec::value{std::int64_t{bytes}},
          codec::value{std::numeric_limits<std::int64_t>::max()},
          codec::value{std::numeric_limits<std::int64_t>::min()},
          codec::value{1e308}, codec::value{std::string{"$"}}};
}

/// Processor time of this thread: others on the machine do not count.
std::chrono::nanoseconds time_worked() {
  auto now = timespec{};
  REQUIRE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return std::chrono::seconds{now.tv_sec}
         + std::chrono::nanoseconds{now.tv_nsec};
}

class watched_database : public test_database {
public:
  /// Whether a request ended in time. Says so where it did not.
  template <class Ask>
  bool ends(const std::string& what, Ask ask,
            std::chrono::nanoseconds lateness_max = slack) {
    const auto start = time_worked();
    limits.until = std::chrono::steady_clock::now() + patience;
    const auto said = ask().failure();
    limits.until = no_deadline;
    const auto taken = time_worked() - start;
    if (taken < patience + lateness_max)
      return true;
    UNSCOPED_INFO(
        what
        << " took "
        << std::chrono::duration_cast<std::chrono::milliseconds>(taken).count()
        << " ms and said " << said.substr(0, 200));
    return false;
  }
};

std::string call_of(const function& called, int arguments) {
  auto result = called.name + "(";
  if (called.name == "->" || called.name == "->>")
    return "?1 " + called.name + " ?2";
  for (auto i = 0; i < arguments; ++i)
    // The third and all behind are as the second.
    result += (i > 0 ? ", ?" : "?") + std::to_string(std::min(i, 1) + 1);
  return result + ")";
}

/// Calls with all pairs of values, as long as they end in time.
bool ends_with_all(watched_database& database, const function& called,
                   int arguments) {
  const auto call = call_of(called, arguments);
  // The value is taken, but not sent.
  const auto sql = "SELECT typeof(" + call + ") AS x"
                   + (called.type == "s" ? ""
                                         : " FROM (SELECT 1 UNION ALL SELECT 2 "
                                           "UNION ALL SELECT 3)");
  for (const auto bytes : sizes) {
    const auto values = values_of(bytes);
    for (auto i = std::size_t{0}; i < values.size(); ++i)
      for (auto j = std::size_t{0}; j < (arguments > 1 ? values.size() : 1);
           ++j) {
        auto params = codec::positional_parameters{};
        if (arguments > 0)
          params.push_back(values[i]);
        if (arguments > 1)
          params.push_back(values[j]);
        if (!database.ends(sql + " with values " + std::to_string(i) + " and "
                               + std::to_string(j) + " of "
                               + std::to_string(bytes) + " bytes",
                           [&] { return database.read(sql, params); }))
          return false;
      }
  }
  return true;
}

} // namespace

TEST_CASE("no function of SQLite is unknown to these tests",
          "[storage][hostile]") {
  // Opened first, it sets SQLite up for all.
  const watched_database database;
  const auto plain = plain_connection{};
  const auto known = words_of(known_functions);
  for (const auto& one : functions_of(plain.handle())) {
    INFO(one.name << ": see whether it needs a kind of value of its own, and "
                     "add it to known_functions");
    CHECK(known.contains(one.name));
  }
  sqlite3_stmt* raw = nullptr;
  REQUIRE(sqlite3_prepare_v2(plain.handle(),
                             "SELECT name FROM pragma_module_list", -1, &raw,
                             nullptr)
          == SQLITE_OK);
  const auto owner = statement_handle{raw};
  const auto modules = words_of(known_modules);
  while (sqlite3_step(raw) == SQLITE_ROW) {
    const auto name = std::string{
        reinterpret_cast<const char*>(sqlite3_column_text(raw, 0))};
    INFO(name << ": add statements that use it below, and it to known_modules");
    CHECK((modules.contains(name) || name.starts_with("pragma_")));
  }
}

TEST_CASE("every function ends at its deadline, whatever it is given",
          "[storage][hostile]") {
  watched_database database;
  const auto plain = plain_connection{};
  // The call of a missing one ends at once.
  for (const auto& called : functions_of(plain.handle())) {
    const auto least = std::max(called.arguments, 0);
    const auto most = called.arguments < 0 ? 3 : called.arguments;
    for (auto i = least; i <= most; ++i) {
      INFO(called.name << " with " << i << " arguments");
      CHECK(ends_with_all(database, called, i));
    }
  }
}

TEST_CASE("every function of windows ends at its deadline",
          "[storage][hostile]") {
  watched_database database;
  const auto plain = plain_connection{};
  run(database, "CREATE TABLE t(i INTEGER PRIMARY KEY, v); INSERT INTO t WITH "
                "RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
                "LIMIT 100000) SELECT i, 'key' || i FROM c");
  for (const auto& called : functions_of(plain.handle()))
    if (called.type == "w")
      for (const auto* frame :
           {"ORDER BY i",
            "ORDER BY i ROWS BETWEEN 50000 PRECEDING AND CURRENT "
            "ROW",
            "ORDER BY i RANGE BETWEEN 5 PRECEDING AND 90000 FOLLOWING EXCLUDE "
            "TIES",
            "ORDER BY v GROUPS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED "
            "FOLLOWING EXCLUDE CURRENT ROW"}) {
        constexpr auto arguments
            = std::to_array<const char*>({"", "v", "v, 9", "v, 9, v"});
        const auto count
            = static_cast<std::size_t>(std::clamp(called.arguments, 0, 3));
        // A number is what ntile() and nth_value() want.
        const auto* given = called.name == "ntile" ? "900" : arguments[count];
        const auto sql = "SELECT max(x) AS x FROM (SELECT " + called.name + "("
                         + given + ") OVER (" + frame + ") AS x FROM t)";
        CHECK(database.ends(sql, [&] { return database.read(sql); }));
      }
}

TEST_CASE("searches of many words end soon after their deadline",
          "[storage][hostile]") {
  watched_database database;
  run(database, "CREATE VIRTUAL TABLE f USING fts5(x); "
                "CREATE VIRTUAL TABLE d USING fts4(x)");
  const auto text = codec::value{repeated_to("a ", 60'000)};
  REQUIRE(database
              .write("INSERT INTO f WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
                     "SELECT i + 1 FROM c LIMIT 100) SELECT ?1 FROM c",
                     {text})
              .failure()
          == "none");
  run(database, "INSERT INTO d SELECT x FROM f");
  // Within one text NEAR takes its length times the square of that number.
  const auto near = "NEAR(" + repeated_to("a ", 200) + ", 100)";
  const auto words = repeated_to("a ", 600);
  const auto ends = [&database](const std::string& sql, std::string query) {
    return database.ends(
        sql,
        [&] { return database.read(sql, {codec::value{std::move(query)}}); },
        slack_of_sqlite);
  };
  CHECK(ends("SELECT count(*) AS n FROM f WHERE f MATCH ?1", near));
  CHECK(ends("SELECT count(*) AS n FROM f WHERE f = ?1", near));
  CHECK(ends("SELECT count(*) AS n FROM f(?1)", near));
  CHECK(ends("SELECT count(*) AS n FROM f WHERE f MATCH ?1",
             "\"" + words + "\""));
  for (const auto* called : {"snippet(d)", "offsets(d)", "matchinfo(d, 's')",
                             "matchinfo(d, 'pcnalxyb')"}) {
    const auto sql = "SELECT max(length(" + std::string{called}
                     + ")) AS n FROM d WHERE d MATCH ?1";
    CHECK(ends(sql, words));
    CHECK(ends(sql, "\"" + words + "\""));
  }
}

TEST_CASE("virtual tables have bounded arguments", "[storage][hostile]") {
  watched_database database;
  const auto create = [](int bytes) {
    return "CREATE VIRTUAL TABLE f USING fts5(x, tokenize = \"unicode61 "
           "separators '"
           + repeated_to("\u00e4", bytes) + "'\")";
  };
  // SQLite inserts each character into a sorted list: a minute, and again with
  // each connection.
  CHECK(database.write(create(900'000)).failure()
        == "sql_error: CREATE VIRTUAL TABLE may have 65536 bytes, not 900074");
  CHECK(database.write(create(60'000)).failure() == "none");
  CHECK(database.read("SELECT count(*) AS n FROM f").results()
        == R"([{"n":0}])");
}

} // namespace sluice::storage
