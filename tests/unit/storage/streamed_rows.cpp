#include "storage/row_parts.hpp"
#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace sluice::storage {

namespace {

struct kept_part {
  std::size_t statement = 0;
  std::string text;
  bool operator==(const kept_part&) const = default;
};

/// A database with rows 1 to 5 in `t`, whose requests stream.
struct stream_fixture : test_database, row_stream {
  stream_fixture() {
    REQUIRE(exec("CREATE TABLE t(x); INSERT INTO t VALUES (1), (2), (3), (4), "
                 "(5)")
                .done);
    limits.stream = this;
  }
  codec::result<void> take(std::size_t statement,
                           std::string_view part) override {
    parts.push_back({statement, std::string{part}});
    if (parts.size() == refused_part)
      return codec::fail(codec::error_code::unavailable, "nobody is there");
    return {};
  }
  std::vector<kept_part> parts;
  /// Counted from 1.
  std::size_t refused_part = 0;
};

} // namespace

TEST_CASE_METHOD(stream_fixture,
                 "a streamed result comes in parts, and its meta alone",
                 "[storage][stream]") {
  limits.part_bytes = 36;
  const auto got = read("SELECT x FROM t ORDER BY x");
  CHECK(parts
        == std::vector<kept_part>{
            {0, R"({"columns":["x"],"rows":[[1],[2],[3]]})"},
            {0, R"({"columns":["x"],"rows":[[4],[5]]})"}});
  CHECK(got.at("/success") == "true");
  CHECK(got.at("/results") == "absent");
  CHECK(got.meta("rows_read") == 5);
}

TEST_CASE_METHOD(stream_fixture,
                 "a result without rows streams its columns once",
                 "[storage][stream]") {
  REQUIRE(read("SELECT x, 2 AS y FROM t WHERE x > 9").done);
  CHECK(parts
        == std::vector<kept_part>{{0, R"({"columns":["x","y"],"rows":[]})"}});
}

TEST_CASE_METHOD(stream_fixture, "what has no columns streams nothing",
                 "[storage][stream]") {
  const auto got = write("DELETE FROM t");
  CHECK(got.meta("changes") == 5);
  CHECK(parts.empty());
}

TEST_CASE_METHOD(stream_fixture,
                 "the parts of a batch tell their statement's number",
                 "[storage][stream]") {
  const auto got
      = read(batch({"SELECT 1 AS a", "SELECT 2 AS b; SELECT 3 AS c"}));
  CHECK(parts
        == std::vector<kept_part>{{0, R"({"columns":["a"],"rows":[[1]]})"},
                                  {1, R"({"columns":["c"],"rows":[[3]]})"}});
  CHECK(got.at("/0/success") == "true");
  CHECK(got.at("/1/meta/changes") == "0");
  CHECK(got.at("/2") == "absent");
}

TEST_CASE_METHOD(stream_fixture, "a stream in the format NONE has no parts",
                 "[storage][stream]") {
  const auto got
      = read(request("SELECT x FROM t", {}, codec::results_format::none));
  CHECK(got.at("/success") == "true");
  CHECK(parts.empty());
}

TEST_CASE_METHOD(stream_fixture, "no part is larger than a message",
                 "[storage][stream]") {
  limits.reply_bytes_max = 1'000;
  const auto sql = std::string{
      "SELECT CASE x WHEN 3 THEN replace(hex(zeroblob(484)), '0', 'a') ELSE x "
      "END AS x FROM t"};
  limits.part_bytes = 1'000;
  REQUIRE(read(sql).done);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].text == R"({"columns":["x"],"rows":[[1],[2]]})");
  for (const auto& part : parts)
    CHECK(part.text.size() <= 1'000);
  CHECK(parts[1].text.ends_with("aaa\"]]}"));
  CHECK(parts[2].text == R"({"columns":["x"],"rows":[[4],[5]]})");
}

TEST_CASE_METHOD(stream_fixture,
                 "a row that no message holds ends the stream with too_large",
                 "[storage][stream]") {
  limits.reply_bytes_max = 1'000;
  limits.part_bytes = 1'000;
  const auto got = read("SELECT zeroblob(x * 200) FROM t");
  CHECK(got.failure()
        == "too_large: a row is larger than the NATS server's max_payload "
           "allows (1000 bytes for one message)");
}

TEST_CASE_METHOD(stream_fixture,
                 "a stream that nobody takes ends its statement",
                 "[storage][stream]") {
  limits.part_bytes = 1;
  refused_part = 2;
  const auto got = read("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + "
                        "1 FROM c) SELECT i FROM c");
  CHECK(got.failure() == "unavailable: nobody is there");
  CHECK(parts.size() == 2);
  limits.stream = nullptr;
  CHECK(read("SELECT count(*) AS n FROM t").at("/results/0/n") == "5");
}

} // namespace sluice::storage
