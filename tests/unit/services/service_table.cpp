#include "services/service_table.hpp"

#include "services/endpoint.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>
#include <string>

/// What holds for each declaration.
namespace sluice::services {

namespace {

template <class Check>
void for_each_operation(Check check) {
  for (const auto* each : service_table())
    for (const auto& operation : each->operations) {
      CAPTURE(each->name, operation.name);
      check(*each, operation);
    }
}

/// The names behind colons in a statement.
std::set<std::string> parameters_of(std::string_view sql) {
  auto result = std::set<std::string>{};
  for (auto at = sql.find(':'); at != std::string_view::npos;
       at = sql.find(':', at + 1)) {
    const auto end = std::ranges::find_if_not(sql.substr(at + 1), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    });
    auto name
        = std::string{sql.begin() + static_cast<std::ptrdiff_t>(at) + 1, end};
    if (!name.empty())
      result.insert(std::move(name));
  }
  return result;
}

/// What the operation's rules for accounts make (services/authentication.hpp).
bool is_of_account(const operation& declared, std::string_view name) {
  const auto& rules = declared.authentication;
  if (name.starts_with("caller_") || name == "token_expires_at")
    return rules.token != token_place::none;
  if (name.starts_with("account_"))
    return !rules.checked.empty();
  return name == "password_hash"
         && (!rules.hashed.empty() || !rules.checked.empty());
}

bool has_field(std::span<const field> fields, std::string_view name) {
  return std::ranges::any_of(fields, [name](const field& each) {
    return each.name == name || has_field(each.element, name);
  });
}

} // namespace

TEST_CASE("each operation has an endpoint and is described",
          "[services][table]") {
  for_each_operation([](const service& owner, const operation& declared) {
    const auto subject
        = std::string{owner.name} + "." + std::string{declared.name};
    const auto found = resolve(subject);
    REQUIRE(found);
    const auto& row = endpoints()[static_cast<std::size_t>(found->id)];
    CHECK(row.operation == &declared);
    CHECK(row.subject == subject);
    CHECK_FALSE(declared.description.empty());
    CHECK_FALSE(declared.steps.empty());
    CHECK_FALSE(resolve(subject + ".x"));
  });
}

TEST_CASE("each parameter of a statement is a field, or is made",
          "[services][table]") {
  for_each_operation([](const service&, const operation& declared) {
    for (const auto& step : declared.steps)
      for (const auto& name : parameters_of(step.sql)) {
        CAPTURE(name);
        const auto is_made = name == "now" || is_of_account(declared, name)
                             || (declared.prepare != nullptr
                                 && !has_field(declared.fields, name));
        CHECK((is_made || has_field(declared.fields, name)));
      }
  });
}

TEST_CASE("reads do not write, and only reads are given again",
          "[services][table]") {
  for_each_operation([](const service&, const operation& declared) {
    for (const auto& step : declared.steps) {
      const auto changes = step.sql.starts_with("INSERT")
                           || step.sql.starts_with("UPDATE")
                           || step.sql.starts_with("DELETE");
      CHECK((declared.is_write || !changes));
    }
    CHECK((declared.reuse == reuse::never || !declared.is_write));
  });
}

TEST_CASE("an operation's rules for accounts name its own fields",
          "[services][table]") {
  for_each_operation([](const service&, const operation& declared) {
    const auto& rules = declared.authentication;
    for (const auto name : {rules.hashed, rules.checked})
      CHECK((name.empty() || has_field(declared.fields, name)));
    CHECK(rules.checked.empty() == rules.account_sql.empty());
    CHECK(rules.checked.empty() == rules.refusal.empty());
    CHECK((rules.token != token_place::field
           || has_field(declared.fields, "token")));
    const auto uses_refresh_token = rules.session == session_use::renews
                                    || rules.session == session_use::names;
    CHECK((!uses_refresh_token || has_field(declared.fields, "refresh_token")));
    // A hash is for a writer.
    CHECK((rules.hashed.empty() || declared.is_write));
    CHECK((rules.checked.empty() || declared.is_write));
    for (const auto* secret :
         {"password", "old_password", "new_password", "refresh_token", "token"})
      CHECK((!has_field(declared.fields, secret) || rules.is_secret));
  });
}

TEST_CASE("no reply of a declaration has a password's hash",
          "[services][table]") {
  for_each_operation([](const service&, const operation& declared) {
    for (const auto& step : declared.steps) {
      const auto words = step.kind == step_kind::object
                         || step.kind == step_kind::list
                         || step.kind == step_kind::members;
      const auto at = step.sql.rfind("RETURNING");
      const auto shown
          = at == std::string_view::npos ? step.sql : step.sql.substr(at);
      CHECK_FALSE((words && shown.contains("password_hash")));
      CHECK_FALSE(
          (words
           && (shown.contains("SELECT *") || shown.contains("RETURNING *")
               || shown.contains(".*"))));
    }
  });
}

} // namespace sluice::services
