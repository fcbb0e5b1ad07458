#include "actors/account_flow.hpp"
#include "actors/account_worker.hpp"
#include "services/endpoint.hpp"
#include "services/service_table.hpp"
#include "tests/actors/deterministic_system.hpp"
#include "tests/actors/service_requests.hpp"

#include <catch2/catch_test_macros.hpp>
#include <simdjson.h>

#include <set>
#include <string>

/// What the declarations tell of replies, for `sluice api`, is what is replied.
namespace sluice::tests {

namespace {

using services::member_type;
using services::reply_member;
using services::step_kind;
using simdjson::dom::element_type;

/// The value of a member, or of an element of a list.
void check_value(const simdjson::dom::element& value,
                 const reply_member& declared);

void check_object(const simdjson::dom::element& value,
                  std::span<const reply_member> declared) {
  auto object = simdjson::dom::object{};
  REQUIRE(value.get(object) == simdjson::SUCCESS);
  auto names = std::set<std::string>{};
  for (const auto member : object)
    names.emplace(member.key);
  for (const auto& each : declared) {
    CAPTURE(each.name);
    CHECK((names.erase(std::string{each.name}) == 1 || each.is_optional));
    auto member = simdjson::dom::element{};
    if (object[each.name].get(member) == simdjson::SUCCESS)
      check_value(member, each);
  }
  // Nothing that is not declared.
  CHECK(names.empty());
}

void check_text(const simdjson::dom::element& value, member_type type) {
  auto text = std::string_view{};
  REQUIRE(value.get(text) == simdjson::SUCCESS);
  if (type == member_type::time)
    CHECK((text.size() == 20 && text.ends_with('Z')));
  if (type == member_type::date)
    CHECK(text.size() == 10);
}

void check_value(const simdjson::dom::element& value,
                 const reply_member& declared) {
  const auto is = value.type();
  if (declared.is_nullable && is == element_type::NULL_VALUE)
    return;
  switch (declared.type) {
  case member_type::text:
  case member_type::time:
  case member_type::date:
    check_text(value, declared.type);
    return;
  case member_type::integer:
    CHECK(is == element_type::INT64);
    return;
  case member_type::number:
    CHECK((is == element_type::DOUBLE || is == element_type::INT64));
    return;
  case member_type::boolean:
    CHECK(is == element_type::BOOL);
    return;
  case member_type::object:
    check_object(value, declared.element);
    return;
  case member_type::list:
  case member_type::rows:
    auto list = simdjson::dom::array{};
    REQUIRE(value.get(list) == simdjson::SUCCESS);
    // Or nothing would be known of its elements.
    CHECK(list.size() > 0);
    for (const auto each : list)
      check_object(each, declared.element);
  }
}

/// The members of a reply, as the steps have them. Arrays of ids are looked at
/// by their own test.
std::vector<reply_member> declared_reply(const services::operation& of) {
  auto result = std::vector{services::boolean_member("success")};
  const auto add = [&result](std::string_view name, member_type type,
                             std::span<const reply_member> element = {}) {
    result.push_back({.name = name, .type = type, .element = element});
  };
  for (const auto& step : of.steps) {
    if (step.kind == step_kind::object)
      add(step.key, member_type::object, of.row.columns);
    if (step.kind == step_kind::list)
      add(step.key, member_type::list, of.row.columns);
    if (step.kind == step_kind::changes)
      add(step.key, member_type::integer);
    if (step.kind == step_kind::deleted)
      add("deleted", member_type::boolean);
    if (step.kind == step_kind::page) {
      for (const auto* name : {"total", "limit", "offset"})
        add(name, member_type::integer);
      add("has_more", member_type::boolean);
    }
  }
  for (auto each : of.members) {
    if (each.type == member_type::rows)
      each.element = of.row.columns;
    result.push_back(each);
  }
  return result;
}

/// A server for all services, with a hasher.
struct service_replies : deterministic_system {
  service_replies() : database{open(uuid_a)} {
    add_reader();
    worker = system().spawn(
        actors::make_account_worker,
        actors::account_worker_options{
            .context = context, .queue = accounts.hashing, .index = 0},
        catalog());
    accounts.hashing.add_worker(worker);
    run();
  }
  ~service_replies() {
    accounts.hashing.close();
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
    run();
  }

  /// A request that must succeed; `token` stands for nobody where it is empty.
  /// @return its reply.
  std::string ask(const std::string& tail, const std::string& body) {
    CAPTURE(tail, body);
    const auto subject = tail + " " + std::to_string(++sent);
    auto request = service_request_of(tail, body);
    const auto& operation = *request.operation;
    auto work
        = make_job(subject, std::move(request),
                   {.route = operation.is_write ? actors::job_route::writer
                                                : actors::job_route::reader});
    const auto header = "Bearer " + token;
    if (!operation.authentication.is_empty())
      flow.start(std::move(work), {.authorization = header,
                                   .client_address = {},
                                   .payload = {},
                                   .endpoint = {}});
    else
      REQUIRE(databases.send(work) == actors::open_databases::outcome::sent);
    run();
    const auto reply = sink.only(subject);
    INFO(reply.body);
    REQUIRE(reply.succeeded());
    asked.insert(tail);
    return reply.body;
  }
  /// The same, and looks at the reply.
  void check(const std::string& tail, const std::string& body) {
    const auto reply = ask(tail, body);
    CAPTURE(tail, reply);
    const auto target = services::resolve(tail);
    REQUIRE(target);
    const auto& row
        = services::endpoints()[static_cast<std::size_t>(target->id)];
    auto root = simdjson::dom::element{};
    REQUIRE(parser.parse(reply).get(root) == simdjson::SUCCESS);
    check_object(root, declared_reply(*row.operation));
  }
  /// A login's tokens.
  void log_in(const std::string& password) {
    const auto reply
        = ask("auth.login", R"({"email":"ann@example.org","password":")"
                                + password + R"("})");
    token = text_in(reply, "token");
    refresh_token = text_in(reply, "refresh_token");
  }
  std::string text_in(const std::string& reply, std::string_view name) {
    auto result = std::string_view{};
    REQUIRE(parser.parse(reply)[name].get(result) == simdjson::SUCCESS);
    return std::string{result};
  }

  actors::open_database_ptr database;
  actors::account_flow flow{context, catalog()};
  actors::account_worker_actor worker;
  simdjson::dom::parser parser;
  std::set<std::string> asked;
  std::string token;
  std::string refresh_token;
  int sent = 0;
};

constexpr auto login_body
    = R"({"email":"ann@example.org","password":"password of ann"})";

} // namespace

TEST_CASE_METHOD(service_replies,
                 "each reply has the members that its declaration tells, of "
                 "their types, and no other",
                 "[actors][services][api]") {
  check("auth.register", R"({"name":"Ann","email":"ann@example.org",)"
                         R"("password":"password of ann"})");
  check("auth.login", login_body);
  log_in("password of ann");
  check("auth.verify", R"({"token":")" + token + R"("})");
  check("users.create", R"({"name":"Bob","email":"bob@example.org"})");
  check("users.get", R"({"id":2})");
  check("users.update", R"({"id":2,"bio":"b"})");
  check("users.list", "{}");
  check("categories.create", R"({"name":"c"})");
  check("categories.update", R"({"id":1,"description":"d"})");
  check("categories.list", "{}");
  for (const auto* title : {"rivers of Europe", "rivers of Asia"})
    check("posts.create",
          R"({"user_id":1,"content":"long rivers","published":true,)"
          R"("category_id":1,"title":")"
              + std::string{title} + R"("})");
  check("posts.get", R"({"id":1})");
  check("posts.list", "{}");
  check("posts.update", R"({"id":1,"title":"the rivers of Europe"})");
  check("posts.unpublish", R"({"id":2})");
  check("posts.publish", R"({"id":2})");
  check("posts.search", R"({"query":"rivers"})");
  check("posts.related", R"({"id":1})");
  check("users.posts", R"({"id":1})");
  for (const auto* tail : {"analytics.users", "analytics.posts",
                           "analytics.top_authors", "analytics.trends"})
    check(tail, "{}");
  check("posts.transfer", R"({"from_user_id":1,"to_user_id":2})");
  CHECK(
      ask("posts.bulk_create",
          R"({"posts":[{"user_id":2,"title":"a"},{"user_id":2,"title":"b"}]})")
      == R"({"success":true,"inserted_ids":[3,4],"total":2})");
  check("me.get", "{}");
  check("me.update", R"({"bio":"b"})");
  check("me.posts.create", R"({"title":"mine"})");
  check("me.posts.list", "{}");
  check("me.posts.update", R"({"id":5,"title":"still mine"})");
  check("me.posts.publish", R"({"id":5})");
  check("me.posts.delete", R"({"id":5})");
  check("auth.refresh", R"({"refresh_token":")" + refresh_token + R"("})");
  check("auth.change_password", R"({"old_password":"password of ann",)"
                                R"("new_password":"another password"})");
  check("auth.logout", "{}");
  log_in("another password");
  check("me.delete", R"({"password":"another password"})");
  check("posts.delete", R"({"id":1})");
  check("categories.delete", R"({"id":1})");
  check("users.delete", R"({"id":2})");
  for (const auto* each : services::service_table())
    for (const auto& operation : each->operations) {
      const auto tail
          = std::string{each->name} + "." + std::string{operation.name};
      CAPTURE(tail);
      CHECK(asked.contains(tail));
    }
}

} // namespace sluice::tests
