#pragma once

#include "codec/error.hpp"
#include "codec/value.hpp"
#include "services/authentication.hpp"
#include "services/field.hpp"
#include "services/reply_member.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What a service is declared with: requests, their fields, the statements that
/// serve them, and how the reply is worded. docs/adding-a-service.md shows how.
namespace sluice::codec {
class json_writer;
} // namespace sluice::codec

namespace sluice::services {

class statement_runner;
struct service_request;

/// What a reply says of a row that is not there: "no user with the id 7".
struct missing_row {
  std::string_view thing;
  /// The fields that name it, one or two; those that the request has are told.
  std::array<std::string_view, 2> fields = {};
};

/// What a step of a plan does.
enum class step_kind : std::uint8_t {
  run,     ///< Runs a statement, for what it changes.
  require, ///< There must be a row, or the request fails with `not_found`.
  object,  ///< The first row is an object of the reply; it must be there.
  members, ///< The columns of the only row are members of the reply.
  list,    ///< The rows are an array of the reply.
  page,    ///< A number is `total`; writes `limit`, `offset`, `has_more`, too.
  changes, ///< How many rows it changed is a number of the reply.
  deleted, ///< It must change a row; `"deleted": true`.
  check,   ///< A row tells which element of a list names what is not there.
  each,    ///< The first columns of its rows are an array of the reply.
  call,    ///< A function does it.
};

/// A step that only a function can do. It may run statements and write members
/// of the reply; an error ends the request, and undoes it.
using step_function = codec::result<void> (*)(const service_request& request,
                                              statement_runner& statements,
                                              codec::json_writer& out);

/// One step of a plan. The SQL is a constant text; its parameters (`:id`) are
/// the fields of the request, and `:now`, the time in ISO 8601. A part in
/// brackets stands only where the request has a field, or a flag is true:
/// `UPDATE users SET updated_at = :now[name?, name = :name] WHERE id = :id`;
/// `[!x?…]` where it has not, `[x&!y?…]` where both hold. Parts do not nest.
struct step {
  step_kind kind;
  /// The member of the reply.
  std::string_view key = {};
  std::string_view sql = {};
  missing_row missing = {};
  /// The list that `check` looks at.
  std::string_view list = {};
  step_function function = nullptr;
};

[[nodiscard]] consteval step run(std::string_view sql) {
  return {.kind = step_kind::run, .sql = sql};
}
[[nodiscard]] consteval step require(std::string_view sql,
                                     missing_row missing) {
  return {.kind = step_kind::require, .sql = sql, .missing = missing};
}
[[nodiscard]] consteval step object(std::string_view key, std::string_view sql,
                                    missing_row missing) {
  return {
      .kind = step_kind::object, .key = key, .sql = sql, .missing = missing};
}
[[nodiscard]] consteval step members(std::string_view sql) {
  return {.kind = step_kind::members, .sql = sql};
}
[[nodiscard]] consteval step list(std::string_view key, std::string_view sql) {
  return {.kind = step_kind::list, .key = key, .sql = sql};
}
/// Behind the `list` that it counts. `limit` and `offset` are fields.
[[nodiscard]] consteval step page(std::string_view total_sql) {
  return {.kind = step_kind::page, .sql = total_sql};
}
[[nodiscard]] consteval step changes(std::string_view key,
                                     std::string_view sql) {
  return {.kind = step_kind::changes, .key = key, .sql = sql};
}
[[nodiscard]] consteval step deleted(std::string_view sql,
                                     missing_row missing) {
  return {.kind = step_kind::deleted, .sql = sql, .missing = missing};
}
/// For each element of a list that names a row that is not there: the
/// element's number and what it names. A list is bound as JSON, for json_each:
/// "posts[1]: no user with the id 9".
[[nodiscard]] consteval step
check(std::string_view list, std::string_view thing, std::string_view sql) {
  return {.kind = step_kind::check,
          .sql = sql,
          .missing = {.thing = thing},
          .list = list};
}
/// One statement for all elements of a list; writes `total`, how many rows it
/// returned, too.
[[nodiscard]] consteval step each(std::string_view key, std::string_view sql) {
  return {.kind = step_kind::each, .key = key, .sql = sql};
}
[[nodiscard]] consteval step call(step_function function) {
  return {.kind = step_kind::call, .function = function};
}

/// A violated constraint of the schema in words for a front end.
struct violation {
  codec::constraint_kind kind;
  /// Of which columns: "users.email"; empty: of any.
  std::string_view columns = {};
  std::string_view message = {};
  /// Instead of a message: it means that this row is not there.
  missing_row missing = {};
};

/// Whether a reply may be given again.
enum class reuse : std::uint8_t {
  never,
  /// While the database has not changed.
  until_commit,
  /// And for a bounded time: a statement looks at the clock.
  until_commit_or_time,
};

/// Completes the values of a request before its statements run, in memory:
/// `extra` of the request. An error is the reply.
using prepare_function = codec::result<void> (*)(service_request& request);

/// One request of a service.
struct operation {
  /// The last token of the subject, or tokens: "get", "posts.list".
  std::string_view name;
  std::string_view description;
  /// It may write: the database's writer runs it, in a transaction.
  bool is_write = false;
  std::span<const field> fields = {};
  /// In order; all of them are one transaction, or see one snapshot.
  std::span<const step> steps = {};
  /// The columns of what `object` and `list` write.
  reply_row row = {};
  /// What `members` and `call` write.
  std::span<const reply_member> members = {};
  /// Exactly one of these fields must be there.
  std::span<const std::string_view> one_of = {};
  /// At least one of these.
  std::span<const std::string_view> any_of = {};
  std::span<const violation> violations = {};
  services::reuse reuse = reuse::never;
  prepare_function prepare = nullptr;
  /// Whose token or password it needs.
  authentication_rules authentication = {};
};

/// A service: its operations are `<name>.<operation>`.
struct service {
  std::string_view name;
  std::span<const operation> operations;
};

} // namespace sluice::services
