#include "services/service_request.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <string>
#include <utility>

namespace sluice::services {

namespace {

constexpr auto offered_fields = std::array{
    id_field("id"), text_field("name", {1, 300}), flag_field("all")};
constexpr auto one_of = std::array<std::string_view, 2>{"id", "name"};
constexpr auto any_of = std::array<std::string_view, 2>{"name", "all"};
constexpr auto violations
    = std::array{violation{.kind = codec::constraint_kind::unique,
                           .columns = "users.email",
                           .message = "taken"},
                 violation{.kind = codec::constraint_kind::foreign_key,
                           .missing = {"user", {"id"}}}};
constexpr auto plain = operation{.name = "x",
                                 .description = "x",
                                 .fields = offered_fields,
                                 .violations = violations};

service_request decoded(const operation& of, codec::request_object object) {
  auto result = decode_service(of, std::move(object));
  REQUIRE(result);
  return std::move(*result);
}

codec::request_object with(std::string name, codec::field_value value) {
  auto result = codec::request_object{};
  result.members.emplace_back(std::move(name), std::move(value));
  return result;
}

codec::request_object with_id(std::int64_t id) {
  return with("id", id);
}

codec::request_object with_both() {
  auto result = with_id(1);
  result.members.emplace_back("name", std::string{"a"});
  return result;
}

std::string words(const operation& of, codec::error failure) {
  const auto request = decoded(plain, with_id(7));
  const auto result
      = worded(of, std::move(failure), [&request](std::string_view name) {
          return request.find_value(name);
        });
  return std::string{codec::name(result.code)} + ": " + result.message;
}

} // namespace

TEST_CASE("parts of a statement stand where the request has the field",
          "[services][request]") {
  auto buffer = std::string{};
  const auto none = decoded(plain, {});
  const auto some = decoded(plain, with_id(7));
  CHECK(sql_for("SELECT 1", none, buffer) == "SELECT 1");
  constexpr auto sql = "A[id? B][!id? C] D[id&!name? E][name?F]";
  CHECK(sql_for(sql, none, buffer) == "A C D");
  CHECK(sql_for(sql, some, buffer) == "A B D E");
  const auto flagged = decoded(plain, with("all", true));
  CHECK(sql_for("[all?x][!all?y]", flagged, buffer) == "x");
  CHECK(sql_for("[all?x][!all?y]", none, buffer) == "y");
  // What is no field, but was added.
  auto added = some;
  added.extra.emplace_back("match", std::string{"m"});
  CHECK(sql_for("[match?x]", added, buffer) == "x");
}

TEST_CASE("fields that must stand together are told", "[services][request]") {
  auto exclusive = plain;
  exclusive.one_of = one_of;
  CHECK(decode_service(exclusive, {}).error().message
        == "exactly one of the fields 'id' and 'name' is needed");
  CHECK_FALSE(decode_service(exclusive, with_both()));
  CHECK(decode_service(exclusive, with_id(1)));
  auto needed = plain;
  needed.any_of = any_of;
  CHECK(decode_service(needed, with_id(1)).error().message
        == "at least one of the fields 'name' and 'all' is needed");
  CHECK(decode_service(needed, with_both()));
}

TEST_CASE("a missing row is told by the fields that name it",
          "[services][request]") {
  const auto request = decoded(plain, with_id(7));
  CHECK(missing({"user", {"id", "name"}}, request).message
        == "no user with the id 7");
  CHECK(missing({"user", {"name"}}, request).message == "no user");
  CHECK(missing({}, request).code == codec::error_code::constraint);
  const auto named = decoded(plain, with("name", std::string{"Ann"}));
  CHECK(missing({"user", {"id", "name"}}, named).message
        == "no user with the name 'Ann'");
  CHECK(missing({"user", {"id"}}, request).code
        == codec::error_code::not_found);
  auto umlauts = std::string{};
  for (auto i = 0; i < 100; ++i)
    umlauts += "ä";
  const auto long_named = decoded(plain, with("name", umlauts + "ää"));
  CHECK(missing({"user", {"name"}}, long_named).message
        == "no user with the name '" + umlauts + "…'");
}

TEST_CASE("violations are worded, other failures are passed on",
          "[services][request]") {
  using codec::constraint_kind;
  using codec::error_code;
  CHECK(words(plain, {.code = error_code::conflict,
                      .violates = constraint_kind::unique,
                      .columns = "users.email"})
        == "conflict: taken");
  CHECK(words(plain, {.code = error_code::conflict,
                      .message = "a copy",
                      .violates = constraint_kind::unique,
                      .columns = "copies.email"})
        == "conflict: a copy");
  CHECK(words(plain, {.code = error_code::constraint,
                      .violates = constraint_kind::foreign_key})
        == "not_found: no user with the id 7");
  CHECK(words(plain, {.code = error_code::constraint,
                      .message = "CHECK",
                      .violates = constraint_kind::check})
        == "constraint: CHECK");
  CHECK(words(plain, {error_code::storage, "users.email"})
        == "storage: users.email");
}

} // namespace sluice::services
