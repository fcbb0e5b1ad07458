#include "actors/service_plan.hpp"

#include "codec/timestamp.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::actors {

using codec::error_code;
using services::step_kind;

namespace {

/// Whether more than one statement may run.
bool runs_many(const services::operation& operation) noexcept {
  return operation.steps.size() > 1
         || operation.authentication.token != services::token_place::none
         || std::ranges::any_of(operation.steps, [](const auto& step) {
              return step.kind == step_kind::call;
            });
}

} // namespace

/// The row that a function looks at.
class service_plan::cursor_row : public services::row {
public:
  cursor_row(storage::cursor& at, std::size_t bytes_max) noexcept
      : at_{at}, bytes_max_{bytes_max} {
    // nop
  }

  std::int64_t integer(int column) override {
    return at_.integer(column);
  }
  std::string_view text(int column) override {
    return at_.text(column);
  }
  codec::result<void>
  write_object(codec::json_writer& out,
               const std::function<void(codec::json_writer&)>& more) override {
    out.begin_object();
    auto written = at_.write_members(out, bytes_max_);
    if (written && more)
      more(out);
    out.end_object();
    return written;
  }

private:
  storage::cursor& at_;
  std::size_t bytes_max_;
};

service_plan::service_plan(storage::connection& connection,
                           const services::service_request& request,
                           const storage::execution_limits& limits,
                           codec::json_writer& out, const token_maker* tokens)
    : request_{request},
      execution_{connection, limits, runs_many(*request.operation)}, out_{out},
      tokens_{tokens},
      now_{codec::format_timestamp(std::chrono::system_clock::now())} {
  // nop
}

codec::result<storage::execution> service_plan::run() {
  if (auto allowed = require_session(); !allowed)
    return std::unexpected{std::move(allowed.error())};
  out_.begin_object();
  out_.raw_key("\"success\"");
  out_.boolean(true);
  for (const auto& step : request_.operation->steps) {
    if (auto done = run_step(step); !done)
      return std::unexpected{services::worded(
          *request_.operation, std::move(done.error()),
          [this](std::string_view name) { return find_value(name); })};
    if (kept_failure_)
      break;
  }
  out_.end_object();
  return storage::execution{.wrote = request_.operation->is_write,
                            .changed_db = execution_.changes() > 0};
}

/// A token is worth as much as the session that it came from.
codec::result<void> service_plan::require_session() {
  if (request_.operation->authentication.token == services::token_place::none)
    return {};
  auto is_there = run_to_end(session_sql);
  if (!is_there)
    return std::unexpected{std::move(is_there.error())};
  if (!*is_there)
    return codec::fail(error_code::unauthenticated,
                       "the token's session has ended");
  return {};
}

codec::result<found_account> service_plan::look_up() {
  if (auto allowed = require_session(); !allowed)
    return std::unexpected{std::move(allowed.error())};
  auto at = start_at_row(request_.operation->authentication.account_sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  if (!at->has_row)
    return found_account{};
  return found_account{at->rows.integer(0), std::string{at->rows.text(1)}};
}

codec::result<services::issued_tokens>
service_plan::issue_tokens(const services::token_owner& owner) {
  if (tokens_ == nullptr)
    return codec::fail(error_code::internal,
                       "an operation without a session asks for tokens");
  const auto& issuer = tokens_->shared.issuer;
  auto token = issuer.issue({.user_id = owner.user_id,
                             .session = owner.session,
                             .database = std::string{tokens_->database}},
                            std::chrono::system_clock::now());
  if (!token)
    return std::unexpected{std::move(token.error())};
  return services::issued_tokens{std::move(*token),
                                 std::string{tokens_->refresh_token},
                                 issuer.lifetime().count()};
}

codec::result<void> service_plan::keep_and_fail(codec::error failure) {
  kept_failure_ = std::move(failure);
  return {};
}

codec::result<void> service_plan::run_step(const services::step& step) {
  switch (step.kind) {
  case step_kind::run:
  case step_kind::require:
  case step_kind::changes:
  case step_kind::deleted:
    break;
  case step_kind::object:
    return run_object(step);
  case step_kind::members:
    return run_members(step);
  case step_kind::list:
    return run_list(step);
  case step_kind::page:
    return run_page(step);
  case step_kind::check:
    return run_check(step);
  case step_kind::each:
    return run_each(step);
  case step_kind::call:
    return step.function(request_, *this, out_);
  }
  auto has_row = run_to_end(step.sql);
  if (!has_row)
    return std::unexpected{std::move(has_row.error())};
  const auto changed = execution_.last_changes();
  if ((step.kind == step_kind::require && !*has_row)
      || (step.kind == step_kind::deleted && changed == 0))
    return std::unexpected{services::missing(step.missing, request_)};
  if (step.kind == step_kind::changes) {
    out_.key(step.key);
    out_.integer(changed);
  }
  if (step.kind == step_kind::deleted) {
    out_.key("deleted");
    out_.boolean(true);
  }
  return {};
}

codec::result<void> service_plan::run_object(const services::step& step) {
  auto at = start_at_row(step.sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  if (!at->has_row)
    return std::unexpected{services::missing(step.missing, request_)};
  out_.key(step.key);
  out_.begin_object();
  if (auto written
      = at->rows.write_members(out_, execution_.limits().reply_bytes_max);
      !written)
    return written;
  out_.end_object();
  // A statement with RETURNING is done only behind its last row.
  while (at->has_row) {
    auto has_row = at->rows.next();
    if (!has_row)
      return std::unexpected{std::move(has_row.error())};
    at->has_row = *has_row;
  }
  return {};
}

codec::result<void> service_plan::run_members(const services::step& step) {
  auto at = start_at_row(step.sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  if (!at->has_row)
    return codec::fail(error_code::internal,
                       "a statement of a service returned no row");
  return at->rows.write_members(out_, execution_.limits().reply_bytes_max);
}

codec::result<void> service_plan::run_list(const services::step& step) {
  auto at = start(step.sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  rows_ = 0;
  out_.key(step.key);
  out_.begin_array();
  while (true) {
    auto has_row = at->next();
    if (!has_row)
      return std::unexpected{std::move(has_row.error())};
    if (!*has_row)
      break;
    ++rows_;
    out_.begin_object();
    if (auto written
        = at->write_members(out_, execution_.limits().reply_bytes_max);
        !written)
      return written;
    out_.end_object();
  }
  out_.end_array();
  return {};
}

codec::result<void> service_plan::run_page(const services::step& step) {
  auto at = start_at_row(step.sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  const auto total = at->has_row ? at->rows.integer(0) : 0;
  const auto offset = request_.integer("offset");
  out_.key("total");
  out_.integer(total);
  out_.key("limit");
  out_.integer(request_.integer("limit"));
  out_.key("offset");
  out_.integer(offset);
  out_.key("has_more");
  // Not a sum, which could be larger than any integer. A list may end before
  // all that were counted, and whoever turns the pages must come to an end.
  out_.boolean(rows_ > 0 && offset < total && rows_ < total - offset);
  return {};
}

codec::result<void> service_plan::run_check(const services::step& step) {
  auto at = start_at_row(step.sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  if (!at->has_row)
    return {};
  const auto named = codec::value{at->rows.integer(1)};
  auto failure
      = services::missing({.thing = step.missing.thing, .fields = {"id"}},
                          [&named](std::string_view) { return &named; });
  failure.message = std::string{step.list} + "["
                    + std::to_string(at->rows.integer(0))
                    + "]: " + failure.message;
  return std::unexpected{std::move(failure)};
}

codec::result<void> service_plan::run_each(const services::step& step) {
  auto at = start(step.sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  auto count = std::int64_t{0};
  out_.key(step.key);
  out_.begin_array();
  while (true) {
    auto has_row = at->next();
    if (!has_row)
      return std::unexpected{std::move(has_row.error())};
    if (!*has_row)
      break;
    ++count;
    out_.integer(at->integer(0));
  }
  out_.end_array();
  out_.key("total");
  out_.integer(count);
  return {};
}

codec::result<storage::cursor> service_plan::start(std::string_view sql) {
  return execution_.start(
      services::sql_for(sql, request_, buffer_),
      [this](std::string_view name) { return find_value(name); });
}

codec::result<service_plan::started>
service_plan::start_at_row(std::string_view sql) {
  auto at = start(sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  auto has_row = at->next();
  if (!has_row)
    return std::unexpected{std::move(has_row.error())};
  return started{std::move(*at), *has_row};
}

codec::result<bool> service_plan::run_to_end(std::string_view sql) {
  auto at = start(sql);
  if (!at)
    return std::unexpected{std::move(at.error())};
  auto had_row = false;
  while (true) {
    auto has_row = at->next();
    if (!has_row || !*has_row)
      return has_row ? codec::result<bool>{had_row} : has_row;
    had_row = true;
  }
}

const codec::value* service_plan::find_value(std::string_view name) const {
  if (name == "now")
    return &now_;
  return request_.find_value(name);
}

codec::result<std::int64_t>
service_plan::run(std::string_view sql, const codec::named_parameters& params,
                  const row_function& on_row) {
  auto at = execution_.start(
      services::sql_for(sql, request_, buffer_),
      [this, &params](std::string_view name) -> const codec::value* {
        for (const auto& [each, value] : params)
          if (each == name)
            return &value;
        return find_value(name);
      });
  if (!at)
    return std::unexpected{std::move(at.error())};
  auto seen = cursor_row{*at, execution_.limits().reply_bytes_max};
  while (true) {
    auto has_row = at->next();
    if (!has_row)
      return std::unexpected{std::move(has_row.error())};
    if (!*has_row)
      return execution_.last_changes();
    auto goes_on = on_row ? on_row(seen) : codec::result<bool>{true};
    if (!goes_on)
      return std::unexpected{std::move(goes_on.error())};
    if (!*goes_on)
      return 0;
  }
}

} // namespace sluice::actors
