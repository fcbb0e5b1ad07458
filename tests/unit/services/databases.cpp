#include "services/databases.hpp"

#include "services/endpoint.hpp"

#include <catch2/catch_test_macros.hpp>

#include <vector>

namespace sluice::services {

namespace {

using codec::named_parameters;

/// The failure of decoding, which must be a bad request.
template <class T>
std::string failure(const codec::result<T>& decoded) {
  if (decoded)
    return "none";
  return decoded.error().code == codec::error_code::bad_request
             ? decoded.error().message
             : "no bad_request: " + decoded.error().message;
}

std::string rule() {
  return std::string{database_name_rule};
}

} // namespace

TEST_CASE("create takes a name", "[services][databases]") {
  const auto decoded = decode_create_database({{"name", "my-db"}});
  REQUIRE(decoded);
  CHECK(decoded->name == "my-db");
}

TEST_CASE("create and delete say what is wrong with the name",
          "[services][databases]") {
  const auto missing = "the field 'name' is missing: " + rule();
  const auto invalid = "the field 'name' is not valid: " + rule();
  const auto check
      = [](const named_parameters& fields, const std::string& expected) {
          CHECK(failure(decode_create_database(fields)) == expected);
          CHECK(failure(decode_delete_database(fields)) == expected);
        };
  check({}, missing);
  check({{"name", std::monostate{}}}, missing);
  check({{"name", ""}}, missing);
  check({{"name", "My DB"}}, invalid);
  check({{"name", "../etc"}}, invalid);
  check({{"name", std::string(64, 'a')}}, invalid);
  check({{"name", std::int64_t{1}}}, "the field 'name' must be a string");
  check({{"name", "a"}, {"uuid", "x"}}, "unknown field 'uuid'; known are name");
}

TEST_CASE("delete takes a name", "[services][databases]") {
  const auto decoded = decode_delete_database({{"name", "app"}});
  REQUIRE(decoded);
  CHECK(decoded->name == "app");
}

TEST_CASE("get takes a name or a uuid", "[services][databases]") {
  const auto by_name = decode_get_database({{"name", "app"}});
  REQUIRE(by_name);
  CHECK(by_name->name == "app");
  CHECK(by_name->uuid.empty());
  const auto by_uuid
      = decode_get_database({{"name", std::monostate{}}, {"uuid", "u1"}});
  REQUIRE(by_uuid);
  CHECK(by_uuid->name.empty());
  CHECK(by_uuid->uuid == "u1");
}

TEST_CASE("get refuses both, neither and other fields",
          "[services][databases]") {
  const auto one = std::string{"one of the fields 'name' and 'uuid' is needed"};
  CHECK(failure(decode_get_database({})) == one);
  CHECK(failure(decode_get_database({{"name", "a"}, {"uuid", "b"}})) == one);
  CHECK(failure(decode_get_database({{"uuid", 1.5}}))
        == "the field 'uuid' must be a string");
  CHECK(failure(decode_get_database({{"id", "a"}}))
        == "unknown field 'id'; known are name, uuid");
}

TEST_CASE("list has defaults", "[services][databases]") {
  for (const auto& fields :
       {named_parameters{}, named_parameters{{"name", std::monostate{}},
                                             {"page", std::monostate{}},
                                             {"per_page", std::monostate{}}}}) {
    const auto decoded = decode_list_databases(fields);
    REQUIRE(decoded);
    CHECK(decoded->name_part.empty());
    CHECK(decoded->page == 1);
    CHECK(decoded->per_page == 100);
  }
}

TEST_CASE("list takes a part of the name and a page", "[services][databases]") {
  const auto decoded = decode_list_databases({{"name", "ap"},
                                              {"page", std::int64_t{3}},
                                              {"per_page", std::int64_t{100}}});
  REQUIRE(decoded);
  CHECK(decoded->name_part == "ap");
  CHECK(decoded->page == 3);
  CHECK(decoded->per_page == 100);
}

TEST_CASE("list refuses pages that are not there", "[services][databases]") {
  const auto per_page = [](codec::value x) {
    return failure(decode_list_databases({{"per_page", std::move(x)}}));
  };
  const auto expected
      = std::string{"the field 'per_page' must be an integer from 1 to 100"};
  CHECK(per_page(std::int64_t{0}) == expected);
  CHECK(per_page(std::int64_t{101}) == expected);
  CHECK(per_page(std::int64_t{-1}) == expected);
  CHECK(per_page(10.0) == expected);
  CHECK(per_page("10") == expected);
  const auto page = [](codec::value x) {
    return failure(decode_list_databases({{"page", std::move(x)}}));
  };
  CHECK(page(std::int64_t{0}).starts_with("the field 'page' must be"));
  CHECK(page(INT64_MAX).starts_with("the field 'page' must be"));
  CHECK(failure(decode_list_databases({{"limit", std::int64_t{1}}}))
        == "unknown field 'limit'; known are name, page, per_page");
}

TEST_CASE("the offset of the last page that list takes is exact",
          "[services][databases]") {
  const auto last = decode_list_databases(
      {{"page", std::int64_t{UINT32_MAX / 128}},
       {"per_page", std::int64_t{databases_per_page_max}}});
  REQUIRE(last);
  // In the 32 bits that both have.
  CHECK(std::uint64_t{last->page} * last->per_page <= UINT32_MAX);
}

TEST_CASE("a database is described as the protocol says",
          "[services][databases]") {
  CHECK(encode_database({"u1", "app", "2026-11-24T11:08:20Z", 40'960, 3})
        == R"({"success":true,"database":{"uuid":"u1","name":"app",)"
           R"("created_at":"2026-11-24T11:08:20Z","file_size":40960,)"
           R"("num_tables":3,"version":"production"}})");
}

TEST_CASE("a list of databases has its page and the total",
          "[services][databases]") {
  const auto databases = std::vector<database_description>{
      {"u1", "a", "t1", 0, 0}, {"u2", "b", "t2", 5'000'000'000, 1}};
  CHECK(encode_databases(databases, {"", 2, 2}, 4)
        == R"({"success":true,"databases":[)"
           R"({"uuid":"u1","name":"a","created_at":"t1","file_size":0,)"
           R"("num_tables":0,"version":"production"},)"
           R"({"uuid":"u2","name":"b","created_at":"t2",)"
           R"("file_size":5000000000,"num_tables":1,"version":"production"}],)"
           R"("page":2,"per_page":2,"total":4})");
  CHECK(encode_databases({}, {}, 0)
        == R"({"success":true,"databases":[],"page":1,"per_page":100,)"
           R"("total":0})");
}

TEST_CASE("a deletion is confirmed", "[services][databases]") {
  CHECK(encode_deleted() == R"({"success":true,"deleted":true})");
}

} // namespace sluice::services
