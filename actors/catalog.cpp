#include "actors/catalog.hpp"

#include "actors/database_writer.hpp"
#include "actors/read_queue.hpp"
#include "storage/database_file.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sluice::actors {

using codec::error_code;

namespace {

codec::error no_such_database(const std::string& name) {
  return {error_code::not_found, "there is no database '" + name + "'"};
}

/// Calls the overload that fits the request.
template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

} // namespace

catalog::catalog(catalog_actor::pointer self) noexcept : self_{self} {
  // nop
}

catalog::~catalog() {
  // Where it dies early, the writers must end too, or the actor system waits
  // for them for ever.
  for (auto& [uuid, each] : entries_) {
    if (each.stage == stage::open || each.stage == stage::trying)
      begin_closing(each);
    if (each.leaving)
      end_quarantine(each);
    each.database->writer = nullptr;
  }
}

void catalog::start(const catalog_options& options) {
  options_ = std::make_unique<catalog_options>(options);
  // What a crash cut off.
  auto unfinished = options_->store->unfinished_deletions();
  if (!unfinished)
    spdlog::error("cannot list unfinished deletions: {}",
                  unfinished.error().message);
  else
    for (const auto& uuid : *unfinished)
      remove_files(uuid);
}

void catalog::accept(job_ptr work) {
  if (is_shutting_) {
    work->reply.fail({error_code::unavailable, "the server is shutting down"});
    return;
  }
  // What the visitors see belongs to the job, whose owner is `work` until the
  // last of them hands it on.
  using services::create_database;
  using services::delete_database;
  using services::get_database;
  using services::list_databases;
  std::visit(
      overloaded{
          [this, &work](const create_database& x) { create(*work, x); },
          [this, &work](const get_database& x) { describe(*work, x); },
          [this, &work](const list_databases& x) { list(*work, x); },
          [this, &work](const delete_database& x) { remove(*work, x); },
          [this, &work](const auto&) { serve_database(std::move(work)); },
      },
      work->body);
  options_->context.replies.sink.flush();
}

// -- opening and closing ------------------------------------------------------

bool catalog::must_wait(const entry& found, const job& work) noexcept {
  switch (found.stage) {
  case stage::open:
  case stage::quarantined:
    return false;
  case stage::trying:
    // Writes are refused, as before.
    return work.route == job_route::reader;
  case stage::closing:
  case stage::forgetting:
    break;
  }
  return true;
}

void catalog::serve_database(job_ptr work) {
  const auto record
      = existing(options_->store->find_by_name(work->database), work->database);
  if (!record) {
    auto failure = record.error();
    if (failure.code == error_code::not_found
        && std::holds_alternative<services::service_request>(work->body))
      failure.message += ": make it with `sluice db create " + work->database
                         + "`, or name another one in the header "
                           "Sluice-Database";
    work->reply.fail(failure);
    return;
  }
  const auto found = entries_.find(record->uuid);
  if (found != entries_.end() && must_wait(found->second, *work)) {
    parked_.push_back(std::move(work));
    return;
  }
  if (found == entries_.end()) {
    if (!make_room(record->uuid)) {
      parked_.push_back(std::move(work));
      return;
    }
    if (auto opened = open(*record); !opened) {
      work->reply.fail(opened.error());
      return;
    }
  }
  auto outcome = options_->context.databases.send(work);
  // One that is being tried.
  if (outcome == open_databases::outcome::not_open)
    outcome = open_databases::outcome::quarantined;
  if (outcome != open_databases::outcome::sent)
    work->reply.fail(
        options_->context.databases.refusal(outcome, record->name));
}

codec::result<void> catalog::open(const storage::database_record& record) {
  if (!record.has_file) {
    // Of version 0.1.0, and never used. From now on it is missed.
    auto made = storage::make_database_file(
        options_->context.directory, record.uuid,
        connection_options_of(options_->context.settings,
                              storage::access::writer));
    if (made)
      made = options_->store->note_file(record.uuid);
    if (!made)
      return made;
  }
  auto database = spawn_writer(record.uuid, record.name, std::nullopt);
  options_->context.databases.insert(database);
  entries_[record.uuid].database = std::move(database);
  return {};
}

open_database_ptr
catalog::spawn_writer(const std::string& uuid, const std::string& database_name,
                      const std::optional<file_trial>& trial) {
  const auto& settings = options_->context.settings;
  auto database = std::make_shared<open_database>(uuid, database_name,
                                                  settings.admission);
  const auto options = writer_options{
      .context = options_->context,
      .database = database,
      .catalog = catalog_actor{self_},
      .connection = connection_options_of(settings, storage::access::writer),
      .trial = trial};
  database->writer = self_->spawn<caf::detached + caf::monitored>(
      make_database_writer, options);
  return database;
}

std::size_t catalog::places_taken() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const auto& each) {
        return each.second.leaving || each.second.database->writer;
      }));
}

bool catalog::make_room(const std::string& uuid) {
  const auto taken = places_taken();
  if (taken < options_->context.settings.databases.writers_max)
    return true;
  waiting_.insert(uuid);
  const auto open = static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const auto& each) {
        return each.second.stage == stage::open;
      }));
  // A place for each database that waits, and no more: it may have many
  // requests.
  if (taken - open >= waiting_.size())
    return false;
  auto oldest = entries_.end();
  for (auto i = entries_.begin(); i != entries_.end(); ++i)
    if (i->second.stage == stage::open
        && (oldest == entries_.end()
            || i->second.database->last_used_ms.load()
                   < oldest->second.database->last_used_ms.load()))
      oldest = i;
  if (oldest != entries_.end())
    begin_closing(oldest->second);
  return false;
}

void catalog::begin_closing(entry& closing) {
  closing.stage = stage::closing;
  auto& database = *closing.database;
  // After this nothing more reaches the writer, so `shut` is its last message.
  options_->context.databases.remove(database);
  if (database.writer)
    caf::anon_send(database.writer, shut_atom::value);
}

void catalog::writer_closed(const std::string& uuid, bool was_open) {
  const auto found = entries_.find(uuid);
  if (found == entries_.end())
    return;
  auto& closed = found->second;
  if (closed.stage == stage::quarantined) {
    // The writer that it had before, or that tried it.
    if (closed.leaving)
      std::exchange(closed.leaving, nullptr)->writer = nullptr;
    resume_parked();
    return;
  }
  if (!was_open) {
    // It could not open the file; let it answer what it has, and end.
    if (closed.stage == stage::open)
      begin_closing(closed);
  }
  // The writer holds the database, which holds the writer's address.
  closed.database->writer = nullptr;
  if (closed.is_deleted)
    forget_deleted(closed);
  else
    entries_.erase(found);
  resume_parked();
}

void catalog::writer_died(const caf::actor_addr& writer) {
  const auto is_of = [&writer](const open_database_ptr& database) {
    return database && database->writer && database->writer.address() == writer;
  };
  const auto found = std::ranges::find_if(entries_, [&is_of](const auto& each) {
    return is_of(each.second.database) || is_of(each.second.leaving);
  });
  if (found == entries_.end())
    return;
  spdlog::error("database {}: its writer died", found->second.database->name);
  if (found->second.stage == stage::trying) {
    quarantine_database(found->second, "the attempt to open it died");
    found->second.leaving->writer = nullptr;
    found->second.leaving.reset();
    return;
  }
  if (found->second.stage != stage::quarantined)
    options_->context.databases.remove(*found->second.database);
  writer_closed(std::string{found->first}, true);
}

void catalog::resume_parked() {
  // Each of them finds out anew what it has to wait for.
  waiting_.clear();
  for (auto& work : std::exchange(parked_, {}))
    accept(std::move(work));
  if (is_shutting_)
    finish_shutting();
}

void catalog::tick() {
  close_idle();
  look_after_files();
}

void catalog::close_idle() {
  const auto idle_s = options_->context.settings.databases.idle_close_s;
  const auto before
      = steady_now_ms() - std::int64_t{1'000} * std::int64_t{idle_s};
  for (auto& [uuid, each] : entries_)
    if (each.stage == stage::open && each.database->last_used_ms.load() < before
        && each.database->admitted.requests() == 0)
      begin_closing(each);
}

// -- deletion ----------------------------------------------------------------

void catalog::forget_deleted(entry& deleted) {
  deleted.stage = stage::forgetting;
  auto& context = options_->context;
  for (auto& work : context.queue.take_all(deleted.database->uuid))
    work->reply.fail(no_such_database(work->database));
  const auto uuid = deleted.database->uuid;
  deleted.readers_left = context.queue.tell_to_forget(uuid);
  if (deleted.readers_left == 0) {
    entries_.erase(uuid);
    remove_files(uuid);
  }
}

void catalog::reader_forgot(const std::string& uuid) {
  const auto found = entries_.find(uuid);
  if (found == entries_.end() || found->second.readers_left == 0)
    return;
  --found->second.readers_left;
  if (found->second.readers_left > 0)
    return;
  if (found->second.stage == stage::trying) {
    if (found->second.is_deleted)
      forget_deleted(found->second);
    else
      open_trial(found->second);
    return;
  }
  entries_.erase(found);
  remove_files(uuid);
  resume_parked();
}

void catalog::remove_files(const std::string& uuid) {
  auto removed = options_->context.directory.remove_database(uuid);
  if (removed)
    removed = options_->store->finish_deletion(uuid);
  if (!removed)
    spdlog::error("the deletion of database {} is not finished, and will be "
                  "tried again at the next start: {}",
                  uuid, removed.error().message);
}

// -- shutdown -----------------------------------------------------------------

caf::result<bool> catalog::shut() {
  is_shutting_ = true;
  auto promise = self_->make_response_promise<bool>();
  shut_promises_.push_back(promise);
  for (auto& [uuid, each] : entries_)
    if (each.stage == stage::open || each.stage == stage::trying)
      begin_closing(each);
    else if (each.stage == stage::quarantined)
      end_quarantine(each);
  resume_parked();
  return promise;
}

void catalog::finish_shutting() {
  // Deletions that wait for readers are finished at the next start.
  if (places_taken() > 0)
    return;
  options_->context.replies.sink.flush();
  for (auto& promise : std::exchange(shut_promises_, {}))
    promise.deliver(true);
}

catalog_actor::behavior_type
make_catalog(catalog_actor::stateful_pointer<catalog> self,
             const catalog_options& options) {
  self->state.start(options);
  self->set_down_handler([self](const caf::down_msg& down) {
    self->state.writer_died(down.source);
  });
  const auto& bounds = options.context.settings.databases;
  const auto tick = std::chrono::milliseconds{std::clamp<std::uint64_t>(
      std::uint64_t{std::min(bounds.idle_close_s, bounds.quarantine_retry_s)}
          * 250,
      100, 30'000)};
  self->delayed_send(self, tick, expire_atom::value);
  return {
      [self](job_ptr& work) { self->state.accept(std::move(work)); },
      [self](closed_atom, const std::string& uuid, bool was_open) {
        self->state.writer_closed(uuid, was_open);
      },
      [self](broken_atom, const std::string& uuid, const std::string& cause) {
        self->state.writer_broke(uuid, cause);
      },
      [self](opened_atom, const std::string& uuid) {
        self->state.writer_opened(uuid);
      },
      [self](forgot_atom, const std::string& uuid) {
        self->state.reader_forgot(uuid);
      },
      [self, tick](expire_atom) {
        self->state.tick();
        self->delayed_send(self, tick, expire_atom::value);
      },
      [self](shut_atom) { return self->state.shut(); },
  };
}

} // namespace sluice::actors
