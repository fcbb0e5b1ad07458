#include "storage/service_execution.hpp"

#include "storage/result_encoder.hpp"
#include "storage/row_json.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace sluice::storage {

using codec::error_code;
using clock = std::chrono::steady_clock;

namespace {

int bind_value(sqlite3_stmt* handle, int index, const codec::value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return sqlite3_bind_int64(handle, index, *number);
  if (const auto* text = std::get_if<std::string>(&value))
    return sqlite3_bind_text64(handle, index, text->data(), text->size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  if (const auto* real = std::get_if<double>(&value))
    return sqlite3_bind_double(handle, index, *real);
  if (const auto* blob = std::get_if<codec::blob>(&value))
    return sqlite3_bind_blob64(handle, index, blob->bytes.data(),
                               blob->bytes.size(), SQLITE_STATIC);
  return sqlite3_bind_null(handle, index);
}

codec::result<void> bind_all(connection& owner, statement& run,
                             const value_source& values) {
  auto* handle = run.handle();
  const auto count = sqlite3_bind_parameter_count(handle);
  for (auto i = 1; i <= count; ++i) {
    const char* name = sqlite3_bind_parameter_name(handle, i);
    const auto* value = name != nullptr ? values(name + 1) : nullptr;
    if (value == nullptr)
      return codec::fail(error_code::internal,
                         "a service's statement has the parameter "
                             + std::string{name != nullptr ? name : "?"}
                             + ", which has no value");
    if (bind_value(handle, i, *value) != SQLITE_OK)
      return std::unexpected{owner.describe_last_error()};
  }
  return {};
}

} // namespace

cursor::cursor(connection& owner, statement& run) noexcept
    : owner_{&owner}, run_{&run} {
  // nop
}

cursor::~cursor() {
  if (run_ != nullptr)
    run_->reset();
}

cursor::cursor(cursor&& other) noexcept
    : owner_{other.owner_}, run_{std::exchange(other.run_, nullptr)} {
  // nop
}

codec::result<bool> cursor::next() {
  switch (sqlite3_step(run_->handle())) {
  case SQLITE_ROW:
    return true;
  case SQLITE_DONE:
    return false;
  default:
    return std::unexpected{owner_->describe_last_error()};
  }
}

std::int64_t cursor::integer(int column) const noexcept {
  return sqlite3_column_int64(run_->handle(), column);
}

std::string_view cursor::text(int column) const noexcept {
  const auto* text = reinterpret_cast<const char*>(
      sqlite3_column_text(run_->handle(), column));
  if (text == nullptr)
    return {};
  const auto bytes = sqlite3_column_bytes(run_->handle(), column);
  return {text, static_cast<std::size_t>(bytes)};
}

codec::result<void> cursor::write_members(codec::json_writer& out,
                                          std::size_t bytes_max) {
  switch (write_row_members(out, *run_, bytes_max)) {
  case row_outcome::written:
    return {};
  case row_outcome::too_large:
    return codec::fail(
        error_code::too_large,
        "the reply is larger than the NATS server's max_payload allows ("
            + std::to_string(bytes_max)
            + " bytes): ask for fewer rows with 'limit'");
  case row_outcome::failed:
    break;
  }
  return std::unexpected{owner_->describe_last_error()};
}

service_execution::service_execution(connection& owner,
                                     const execution_limits& limits,
                                     bool wants_snapshot)
    : connection_{owner}, limits_{limits}, bounds_{owner.options().limits},
      wants_snapshot_{wants_snapshot
                      && owner.options().access == access::reader},
      changes_before_{sqlite3_total_changes64(owner.handle())} {
  connection_.authorizer().start_request();
  const auto bound_ms
      = std::chrono::milliseconds{owner.options().limits.statement_ms_max};
  connection_.set_deadline(std::min(limits_.until, clock::now() + bound_ms));
}

service_execution::~service_execution() {
  connection_.set_deadline(no_deadline);
  bounds_.lift();
  // It has only read: nothing can be lost with it.
  if (has_snapshot_ && connection_.in_transaction())
    std::ignore = connection_.run("COMMIT");
}

codec::result<void> service_execution::open_snapshot() {
  if (!wants_snapshot_ || has_snapshot_)
    return {};
  auto begun = connection_.run("BEGIN");
  has_snapshot_ = begun.has_value();
  return begun;
}

codec::result<statement*> service_execution::prepared(std::string_view sql) {
  auto& cache = connection_.service_cache();
  auto& authorizer = connection_.authorizer();
  authorizer.start_statement(sql);
  if (auto* found = cache.find(sql); found != nullptr)
    return found;
  auto tail = std::string_view{};
  auto compiled = statement::prepare(connection_.handle(), sql,
                                     statement_lifetime::cached, tail);
  // A reader may have compiled it with a schema of before.
  if (!compiled && connection_.options().access == access::reader
      && connection_.look_at_schema()) {
    authorizer.start_statement(sql);
    compiled = statement::prepare(connection_.handle(), sql,
                                  statement_lifetime::cached, tail);
  }
  if (!compiled)
    return std::unexpected{connection_.describe_last_error()};
  return &cache.insert(sql, std::move(*compiled));
}

codec::result<cursor> service_execution::start(std::string_view sql,
                                               const value_source& values) {
  if (auto opened = open_snapshot(); !opened)
    return std::unexpected{std::move(opened.error())};
  auto run = prepared(sql);
  if (!run)
    return std::unexpected{std::move(run.error())};
  if (auto allowed = check_frees_room(**run, limits_); !allowed)
    return std::unexpected{std::move(allowed.error())};
  auto result = cursor{connection_, **run};
  if (auto bound = bind_all(connection_, **run, values); !bound)
    return std::unexpected{std::move(bound.error())};
  return result;
}

std::int64_t service_execution::changes() const noexcept {
  return sqlite3_total_changes64(connection_.handle()) - changes_before_;
}

std::int64_t service_execution::last_changes() const noexcept {
  return sqlite3_changes64(connection_.handle());
}

} // namespace sluice::storage
