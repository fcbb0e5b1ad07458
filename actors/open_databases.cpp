#include "actors/open_databases.hpp"

#include "actors/read_queue.hpp"

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
  if (!database->admitted.try_enter(work->bytes))
    return outcome::overloaded;
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

void open_databases::pass_to_writer(job_ptr work,
                                    const catalog_actor& catalog) {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(work->database);
  if (found != by_name_.end() && found->second == work->target)
    caf::anon_send(found->second->writer, std::move(work));
  else
    caf::anon_send(catalog, std::move(work));
}

void open_databases::insert(open_database_ptr database) {
  const auto guard = std::lock_guard{mutex_};
  by_name_[database->name] = std::move(database);
}

void open_databases::remove(const open_database& database) {
  const auto guard = std::lock_guard{mutex_};
  const auto found = by_name_.find(database.name);
  if (found != by_name_.end() && found->second.get() == &database)
    by_name_.erase(found);
}

std::size_t open_databases::size() const {
  const auto guard = std::lock_guard{mutex_};
  return by_name_.size();
}

std::int64_t steady_now_ms() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

} // namespace sluice::actors
