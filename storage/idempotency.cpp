#include "storage/idempotency.hpp"

#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace sluice::storage {

namespace {

// The newest have the highest `seq`: the expired ones stand at the low end, so
// no index on the time is needed. The reply, which may be large, comes last.
constexpr auto create_sql = std::string_view{
    "CREATE TABLE _cf_KV(seq INTEGER PRIMARY KEY, created_ms INTEGER "
    "NOT NULL, id TEXT NOT NULL UNIQUE, fingerprint BLOB NOT NULL, reply TEXT "
    "NOT NULL)"};
constexpr auto find_sql = std::string_view{
    "SELECT created_ms, fingerprint = ?2, reply FROM _cf_KV WHERE id "
    "= ?1"};
constexpr auto remember_sql = std::string_view{
    "INSERT OR REPLACE INTO _cf_KV(created_ms, id, fingerprint, "
    "reply) VALUES (?1, ?2, ?3, ?4)"};
constexpr auto forget_sql = std::string_view{
    "DELETE FROM _cf_KV WHERE seq IN (SELECT seq FROM (SELECT seq, "
    "created_ms FROM _cf_KV ORDER BY seq LIMIT ?1) WHERE created_ms "
    "<= ?2)"};
constexpr auto oldest_sql
    = std::string_view{"SELECT created_ms FROM _cf_KV ORDER BY seq LIMIT 1"};
// The first may be the latest in a file of version 0.1.0, for which the
// system's clock counted.
constexpr auto newest_sql = std::string_view{
    "SELECT max((SELECT created_ms FROM _cf_KV ORDER BY seq LIMIT 1), (SELECT "
    "created_ms FROM _cf_KV ORDER BY seq DESC LIMIT 1))"};

constexpr auto forgotten_at_least = std::size_t{64};

std::int64_t to_ms(idempotency::time_point when) {
  return when.time_since_epoch().count();
}

idempotency::time_point from_ms(std::int64_t ms) {
  return idempotency::time_point{idempotency::time_point::duration{ms}};
}

} // namespace

idempotency::idempotency(connection& connection,
                         std::chrono::seconds retention) noexcept
    : connection_{&connection}, retention_{retention} {
  // nop
}

std::string_view idempotency::table_sql() noexcept {
  return create_sql;
}

codec::result<idempotency> idempotency::open(connection& connection,
                                             std::chrono::seconds retention,
                                             time_point now) {
  const auto is_there = connection.integer(
      "SELECT count(*) FROM sqlite_schema WHERE name = '_cf_KV'");
  if (!is_there)
    return std::unexpected{is_there.error()};
  if (*is_there == 0)
    if (auto made = connection.run_once(create_sql); !made)
      return std::unexpected{made.error()};
  auto result = idempotency{connection, retention};
  if (auto found = result.find_oldest(); !found)
    return std::unexpected{found.error()};
  if (auto found = result.go_on_from_newest(now); !found)
    return std::unexpected{found.error()};
  return result;
}

codec::result<std::optional<std::string>>
idempotency::find(const request_identity& request, time_point now) {
  const auto trusted = authorizer::trust{connection_->authorizer()};
  auto prepared = connection_->own_statement(find_sql);
  if (!prepared)
    return std::unexpected{prepared.error()};
  auto& run = **prepared;
  const auto params = codec::parameters{
      codec::positional_parameters{request.id, request.fingerprint}};
  if (auto bound = run.bind(params); !bound)
    return std::unexpected{bound.error()};
  auto result = codec::result<std::optional<std::string>>{std::nullopt};
  const auto step = sqlite3_step(run.handle());
  if (step == SQLITE_ROW) {
    const auto created = from_ms(sqlite3_column_int64(run.handle(), 0));
    const auto is_same = sqlite3_column_int(run.handle(), 1) != 0;
    // What has expired, but is not removed yet, counts as removed.
    if (created + retention_ > now + ahead_) {
      if (!is_same)
        result = codec::fail(codec::error_code::conflict,
                             "the id in the header Nats-Msg-Id was used by "
                             "another request; it was not executed");
      else if (const auto* text = sqlite3_column_text(run.handle(), 2);
               text != nullptr)
        result = std::string{
            reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(run.handle(), 2))};
      else
        result = std::unexpected{last_error(connection_->handle())};
    }
  } else if (step != SQLITE_DONE) {
    result = std::unexpected{last_error(connection_->handle())};
  }
  run.reset();
  return result;
}

codec::result<void> idempotency::remember(const request_identity& request,
                                          std::string_view reply,
                                          time_point now) {
  auto* db = connection_->handle();
  const auto last_rowid = sqlite3_last_insert_rowid(db);
  auto done = run(remember_sql, {to_ms(now + ahead_), request.id,
                                 request.fingerprint, std::string{reply}});
  sqlite3_set_last_insert_rowid(db, last_rowid);
  if (!done)
    return done;
  ++remembered_;
  if (!oldest_)
    oldest_ = now + ahead_;
  return {};
}

codec::result<std::size_t> idempotency::forget_expired(time_point now) {
  const auto before = sqlite3_total_changes64(connection_->handle());
  const auto most = std::max(forgotten_at_least, 2 * remembered_);
  if (auto done = run(forget_sql, {static_cast<std::int64_t>(most),
                                   to_ms(now + ahead_ - retention_)});
      !done)
    return std::unexpected{done.error()};
  remembered_ = 0;
  if (auto found = find_oldest(); !found)
    return std::unexpected{found.error()};
  return static_cast<std::size_t>(sqlite3_total_changes64(connection_->handle())
                                  - before);
}

codec::result<void> idempotency::find_oldest() {
  // 0 where there is none.
  const auto oldest = connection_->integer(oldest_sql);
  if (!oldest)
    return std::unexpected{oldest.error()};
  oldest_.reset();
  if (*oldest != 0)
    oldest_ = from_ms(*oldest);
  return {};
}

codec::result<void> idempotency::go_on_from_newest(time_point now) {
  // 0 where there is none.
  const auto newest = connection_->integer(newest_sql);
  if (!newest)
    return std::unexpected{newest.error()};
  if (*newest == 0)
    return {};
  const auto least = from_ms(*newest);
  const auto most = least + retention_ / 2;
  ahead_ = std::clamp<time_point>(now, least, most) - now;
  return {};
}

codec::result<void>
idempotency::run(std::string_view sql,
                 const codec::positional_parameters& params) {
  const auto trusted = authorizer::trust{connection_->authorizer()};
  auto prepared = connection_->own_statement(sql);
  if (!prepared)
    return std::unexpected{prepared.error()};
  const auto values = codec::parameters{params};
  auto result = (*prepared)->bind(values);
  if (result && sqlite3_step((*prepared)->handle()) != SQLITE_DONE)
    result = std::unexpected{last_error(connection_->handle())};
  (*prepared)->reset();
  return result;
}

} // namespace sluice::storage
