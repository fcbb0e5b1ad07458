#include "actors/open_databases.hpp"

#include "actors/read_queue.hpp"
#include "storage/file_fault.hpp"

#include <algorithm>
#include <utility>

namespace sluice::actors {

open_database::open_database(std::string database_uuid,
                             std::string database_name,
                             const config::admission_settings& bounds)
    : uuid{std::move(database_uuid)}, name{std::move(database_name)},
      admitted{bounds.database_requests_max, bounds.database_bytes_max},
      last_used_ms{steady_now_ms()} {
  // nop
}

open_databases::open_databases(read_queue& queue) : queue_{queue} {
  // nop
}

open_databases::outcome open_databases::send(job_ptr& work) {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(work->database);
  if (found == by_name_.end())
    return outcome::not_open;
  const auto& database = found->second;
  if (work->route == job_route::writer && !database->writer)
    return outcome::quarantined;
  if (!database->admitted.try_enter(work->bytes)) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return outcome::overloaded;
  }
  // A request that comes a second time gives its place in the former target
  // back, which `target` may be the last to hold.
  work->reply.hold_database_permit({database->admitted, work->bytes});
  work->target = database;
  database->last_used_ms.store(steady_now_ms(), std::memory_order_relaxed);
  // Until the writer has opened the file, which may need recovery, reads go
  // to it too; it passes them on.
  if (work->route == job_route::reader
      && database->is_ready.load(std::memory_order_acquire))
    queue_.push(std::move(work));
  else
    caf::anon_send(database->writer, std::move(work));
  return outcome::sent;
}

open_database_ptr open_databases::find(std::string_view database_name) const {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(database_name);
  return found == by_name_.end() ? nullptr : found->second;
}

bool open_databases::is_full(std::string_view database_name,
                             std::size_t bytes) {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(database_name);
  if (found == by_name_.end() || found->second->admitted.has_room(bytes))
    return false;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void open_databases::pass_to_writer(job_ptr work,
                                    const catalog_actor& catalog) {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(work->database);
  if (found != by_name_.end() && found->second == work->target
      && found->second->writer)
    caf::anon_send(found->second->writer, std::move(work));
  else
    caf::anon_send(catalog, std::move(work));
}

codec::error open_databases::refusal(outcome why,
                                     const std::string& name) const {
  if (why == outcome::overloaded)
    return {codec::error_code::overloaded,
            "the queue of this database is full"};
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
  const auto found = by_name_.find(database->name);
  if (found != by_name_.end() && found->second == database && database->writer)
    caf::anon_send(database->writer, look_atom::value,
                   storage::is_damage(cause) ? cause.message : std::string{});
}

void open_databases::insert(open_database_ptr database) {
  const auto guard = std::lock_guard{mutex_};
  quarantined_.erase(database->name);
  by_name_[database->name] = std::move(database);
}

void open_databases::insert_quarantined(open_database_ptr database,
                                        quarantine why) {
  const auto guard = std::lock_guard{mutex_};
  quarantined_[database->name] = std::move(why);
  by_name_[database->name] = std::move(database);
}

void open_databases::remove(const open_database& database) {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(database.name);
  if (found != by_name_.end() && found->second.get() == &database)
    by_name_.erase(found);
}

void open_databases::forget_quarantine(const std::string& name) {
  const auto guard = std::lock_guard{mutex_};
  quarantined_.erase(name);
}

std::size_t open_databases::size() const {
  const auto guard = std::lock_guard{mutex_};
  return static_cast<std::size_t>(
      std::ranges::count_if(by_name_, [](const auto& each) {
        return each.second->writer != nullptr;
      }));
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
