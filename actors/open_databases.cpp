#include "actors/open_databases.hpp"

#include "actors/read_queue.hpp"
#include "storage/file_fault.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace sluice::actors {

namespace {

/// A writer that is at a request so long after its deadline, or at its file so
/// long after it should be done, hangs.
constexpr auto hung_after_ms = std::int64_t{1'000};

/// So long after it was met, a shortage is told.
constexpr auto shortage_told_ms = std::int64_t{60'000};

} // namespace

open_database::open_database(std::string database_uuid,
                             std::string database_name,
                             const config::admission_settings& bounds)
    : uuid{std::move(database_uuid)}, name{std::move(database_name)},
      admitted{bounds.database_requests_max, bounds.database_bytes_max},
      last_used_ms{steady_now_ms()} {
  // nop
}

bool open_database::is_hung(std::int64_t now_ms) const noexcept {
  const auto until = busy_until_ms.load(std::memory_order_relaxed);
  return until != 0 && now_ms > until + hung_after_ms;
}

open_databases::open_databases(read_queue& queue, const admission& whole,
                               const config::admission_settings& bounds)
    : queue_{queue}, whole_{whole}, bounds_{bounds},
      for_catalogue_{bounds.database_requests_max, bounds.database_bytes_max} {
  // nop
}

open_databases::~open_databases() {
  // A request that waits holds its database, and the other way round.
  for (auto& [name, known] : by_name_)
    if (known.in_use)
      std::ignore = known.in_use->requests.take_all();
}

// -- requests -----------------------------------------------------------------

void open_databases::dispatch(job_ptr work, const catalog_actor& catalog) {
  switch (const auto done = send(work)) {
  case outcome::sent:
    return;
  case outcome::must_open:
    caf::anon_send<caf::message_priority::high>(catalog, wanted_atom::value);
    return;
  case outcome::for_catalogue:
    caf::anon_send(catalog, std::move(work));
    return;
  default:
    auto failure = refusal(done, work->database);
    if (done == outcome::unknown
        && std::holds_alternative<services::service_request>(work->body))
      failure.message += ": make it with `sluice db create " + work->database
                         + "`, or name another one in the header "
                           "Sluice-Database";
    work->reply.fail(failure);
  }
}

open_databases::outcome open_databases::send(job_ptr& work) {
  const auto now_ms = steady_now_ms();
  const auto guard = std::lock_guard{mutex_};
  if (is_closed_)
    return outcome::closed;
  if (work->database.empty()) {
    if (!for_catalogue_.try_enter(work->bytes, whole_)) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return outcome::catalogue_full;
    }
    work->reply.hold_database_permit({for_catalogue_, work->bytes});
    return outcome::for_catalogue;
  }
  const auto found = by_name_.find(work->database);
  if (found == by_name_.end())
    return outcome::unknown;
  auto& database = found->second.in_use;
  const auto must_open = database == nullptr;
  if (must_open)
    database = std::make_shared<open_database>(found->second.uuid, found->first,
                                               bounds_);
  if (const auto refused = admit(*database, work, now_ms);
      refused != outcome::sent)
    return refused;
  // A request that comes a second time gives its place in the former target
  // back, which `target` may be the last to hold.
  work->reply.hold_database_permit({database->admitted, work->bytes});
  work->reply.count_replies_in(database->replies);
  work->target = database;
  database->last_used_ms.store(now_ms, std::memory_order_relaxed);
  // Until the writer has opened the file, which may need recovery, reads wait
  // for it too; it passes them on.
  if (work->route == job_route::reader
      && database->is_ready.load(std::memory_order_acquire))
    queue_.push(std::move(work));
  else if (database->requests.push(std::move(work)))
    caf::anon_send(database->writer, work_atom::value);
  if (!must_open)
    return outcome::sent;
  wanted_.push_back(database);
  return outcome::must_open;
}

bool open_databases::is_known(std::string_view database_name) const {
  const auto guard = std::lock_guard{mutex_};
  return by_name_.find(database_name) != by_name_.end();
}

open_database_ptr open_databases::find(std::string_view database_name) const {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(database_name);
  return found == by_name_.end() ? nullptr : found->second.in_use;
}

open_databases::outcome open_databases::admit(open_database& database,
                                              const job_ptr& work,
                                              std::int64_t now_ms) {
  if (work->route == job_route::writer) {
    if (database.state_ == database_state::quarantined
        || database.state_ == database_state::trying)
      return outcome::quarantined;
    if (database.is_hung(now_ms))
      return outcome::hung;
  }
  if (database.admitted.try_enter(work->bytes, whole_))
    return outcome::sent;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return outcome::overloaded;
}

open_databases::outcome
open_databases::look_ahead(std::string_view database_name, std::size_t bytes) {
  const auto guard = std::lock_guard{mutex_};
  auto* part = &for_catalogue_;
  if (!database_name.empty()) {
    const auto found = by_name_.find(database_name);
    if (found == by_name_.end())
      return outcome::unknown;
    if (!found->second.in_use)
      return outcome::sent;
    part = &found->second.in_use->admitted;
  }
  if (part->has_room(bytes, whole_))
    return outcome::sent;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return database_name.empty() ? outcome::catalogue_full : outcome::overloaded;
}

void open_databases::pass_to_writer(job_ptr work,
                                    const catalog_actor& catalog) {
  {
    const auto guard = std::lock_guard{mutex_};
    if (work->target && is_current(*work->target)
        && work->target->state_ == database_state::open) {
      const auto database = work->target;
      if (database->requests.push(std::move(work)))
        caf::anon_send(database->writer, work_atom::value);
      return;
    }
  }
  dispatch(std::move(work), catalog);
}

codec::error open_databases::refusal(outcome why,
                                     const std::string& name) const {
  switch (why) {
  case outcome::overloaded:
    return {codec::error_code::overloaded,
            "the queue of this database is full: "
            "admission.database_requests_max, admission.database_bytes_max, or "
            "its share of what the server has free of admission.requests_max "
            "and admission.bytes_max; nothing was executed"};
  case outcome::catalogue_full:
    return {codec::error_code::overloaded,
            "too many requests for databases.* wait: "
            "admission.database_requests_max, or their share of what the "
            "server has free of admission.requests_max; nothing was executed"};
  case outcome::unknown:
    return {codec::error_code::not_found,
            "there is no database '" + name + "'"};
  case outcome::hung:
    return {codec::error_code::unavailable,
            "the writer of the database '" + name
                + "' is stuck in a request that does not end at its deadline; "
                  "nothing was executed"};
  case outcome::closed:
    return {codec::error_code::unavailable, "the server is shutting down"};
  default:
    break;
  }
  const auto guard = std::lock_guard{mutex_};
  const auto found = quarantined_.find(name);
  // It may have ended since.
  if (found == quarantined_.end())
    return {codec::error_code::unavailable,
            "the database '" + name + "' is being opened again"};
  return {codec::error_code::storage,
          "database '" + name + "' is quarantined since " + found->second.since
              + ": " + found->second.cause};
}

void open_databases::report_damage(const open_database_ptr& database,
                                   const codec::error& cause) {
  const auto guard = std::lock_guard{mutex_};
  if (is_current(*database) && database->writer)
    caf::anon_send(database->writer, look_atom::value,
                   storage::is_damage(cause) ? cause.message : std::string{});
}

// -- the catalog --------------------------------------------------------------

bool open_databases::is_current(const open_database& database) const {
  const auto found = by_name_.find(database.name);
  return found != by_name_.end() && found->second.in_use.get() == &database;
}

void open_databases::set_state(open_database& database,
                               database_state state) noexcept {
  const auto was_open = database.state_ == database_state::open;
  database.state_ = state;
  open_ += state == database_state::open ? 1 : 0;
  open_ -= was_open ? 1 : 0;
}

/// @return what had the name.
open_database_ptr open_databases::replace(open_database_ptr database,
                                          database_state state) {
  auto& known = by_name_[database->name];
  if (known.in_use)
    set_state(*known.in_use, database_state::waiting);
  set_state(*database, state);
  known.uuid = database->uuid;
  return std::exchange(known.in_use, std::move(database));
}

void open_databases::begin() {
  const auto guard = std::lock_guard{mutex_};
  by_name_.clear();
  is_closed_ = false;
}

void open_databases::learn(const std::string& name, const std::string& uuid) {
  const auto guard = std::lock_guard{mutex_};
  by_name_[name] = {uuid, nullptr};
}

open_database_ptr open_databases::forget(const std::string& name) {
  const auto guard = std::lock_guard{mutex_};
  quarantined_.erase(name);
  const auto found = by_name_.find(name);
  if (found == by_name_.end())
    return nullptr;
  auto result = std::move(found->second.in_use);
  by_name_.erase(found);
  if (result)
    set_state(*result, database_state::waiting);
  return result;
}

std::vector<open_database_ptr> open_databases::take_wanted() {
  const auto guard = std::lock_guard{mutex_};
  auto result = std::exchange(wanted_, {});
  // One may have been deleted since.
  std::erase_if(result, [this](const open_database_ptr& database) {
    return !is_current(*database);
  });
  return result;
}

void open_databases::attach(open_database& database, writer_actor writer) {
  const auto guard = std::lock_guard{mutex_};
  database.writer = std::move(writer);
  if (database.state_ != database_state::waiting)
    return;
  set_state(database, database_state::open);
  caf::anon_send(database.writer, work_atom::value);
}

void open_databases::detach(open_database& database) {
  const auto guard = std::lock_guard{mutex_};
  database.writer = nullptr;
  if (database.state_ == database_state::open)
    set_state(database, database_state::waiting);
}

void open_databases::insert(open_database_ptr database) {
  const auto guard = std::lock_guard{mutex_};
  quarantined_.erase(database->name);
  if (database->writer)
    caf::anon_send(database->writer, work_atom::value);
  replace(std::move(database), database_state::open);
}

open_database_ptr open_databases::insert_quarantined(open_database_ptr database,
                                                     quarantine why) {
  const auto guard = std::lock_guard{mutex_};
  quarantined_[database->name] = std::move(why);
  return replace(std::move(database), database_state::quarantined);
}

void open_databases::insert_trying(open_database_ptr database) {
  const auto guard = std::lock_guard{mutex_};
  replace(std::move(database), database_state::trying);
}

void open_databases::remove(const open_database& database) {
  const auto guard = std::lock_guard{mutex_};
  if (!is_current(database))
    return;
  auto& known = by_name_.find(database.name)->second;
  set_state(*known.in_use, database_state::waiting);
  known.in_use.reset();
}

void open_databases::forget_quarantine(const std::string& name) {
  const auto guard = std::lock_guard{mutex_};
  quarantined_.erase(name);
}

std::vector<job_ptr> open_databases::close() {
  const auto guard = std::lock_guard{mutex_};
  is_closed_ = true;
  wanted_.clear();
  auto result = std::vector<job_ptr>{};
  for (auto& [name, known] : by_name_)
    if (known.in_use && !known.in_use->writer)
      std::ranges::move(known.in_use->requests.take_all(),
                        std::back_inserter(result));
  return result;
}

void open_databases::note_shortage(std::string cause) {
  const auto guard = std::lock_guard{mutex_};
  shortage_ = std::move(cause);
  shortage_until_ms_ = steady_now_ms() + shortage_told_ms;
}

std::string open_databases::shortage() const {
  const auto guard = std::lock_guard{mutex_};
  return steady_now_ms() < shortage_until_ms_ ? shortage_ : std::string{};
}

std::size_t open_databases::size() const {
  const auto guard = std::lock_guard{mutex_};
  return open_;
}

open_databases::quarantine_report
open_databases::quarantined(std::size_t listed_max) const {
  const auto guard = std::lock_guard{mutex_};
  auto result = quarantine_report{quarantined_.size(), {}};
  for (const auto& each : quarantined_) {
    if (result.first.size() == listed_max)
      break;
    result.first.emplace_back(each);
  }
  return result;
}

std::int64_t steady_now_ms() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

} // namespace sluice::actors
