#include "actors/catalog.hpp"

#include "actors/database_writer.hpp"
#include "actors/read_queue.hpp"
#include "storage/database_file.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <latch>
#include <limits>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

namespace sluice::actors {

using codec::error_code;

namespace {

codec::error no_such_database(const std::string& name) {
  return {error_code::not_found, "there is no database '" + name + "'"};
}

/// So often is looked for deadlines that have passed: while requests are in
/// flight, and while something is open.
constexpr auto sweep_busy = std::chrono::milliseconds{50};
constexpr auto sweep_quiet = std::chrono::milliseconds{250};

/// Where more databases are in use than there are places, a database keeps its
/// place so long; and who wants one waits so long before it takes one from a
/// database that has requests.
constexpr auto turn_ms = std::int64_t{250};

/// A database whose writer has been at one request for longer is not asked to
/// make room.
constexpr auto long_request_ms = std::int64_t{100};

/// So many places of writers that hang are given to others.
constexpr auto hung_writers_max = std::size_t{8};

/// So long no more databases are open than when the system did not give what
/// one more needs.
constexpr auto shortage_ms = std::int64_t{60'000};

constexpr auto no_thread
    = "the system gives no thread for it (a limit of processes, of the user or "
      "of the container, or memory)";

/// Asked before CAF is, whose attempt must not fail: for two, since one that
/// has ended counts for a moment longer.
bool can_have_threads() {
  auto gate = std::latch{1};
  auto threads = std::array<std::jthread, 2>{};
  auto result = true;
  try {
    for (auto& each : threads)
      each = std::jthread{[&gate] {
        gate.wait();
      }};
  } catch (const std::system_error&) {
    result = false;
  }
  gate.count_down();
  return result;
}

writer_actor::behavior_type
make_shared_writer(writer_actor::stateful_pointer<database_writer> self,
                   const std::shared_ptr<writer_options>& options) {
  return make_database_writer(self, *options);
}

/// Between looks at the disk while nobody writes.
constexpr auto disk_look_ms = std::int64_t{1'000};

/// Between looks at idle databases and at files.
std::int64_t upkeep_ms(const config::settings& settings) noexcept {
  const auto& bounds = settings.databases;
  return std::clamp<std::int64_t>(
      std::int64_t{std::min(bounds.idle_close_s, bounds.quarantine_retry_s)}
          * 250,
      100, 30'000);
}

/// Calls the overload that fits the request.
template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

} // namespace

codec::result<void> learn_databases(open_databases& databases,
                                    storage::catalogue& store) {
  auto all
      = store.list({.name_part = {},
                    .offset = 0,
                    .count_max = std::numeric_limits<std::uint32_t>::max()});
  if (!all)
    return std::unexpected{std::move(all.error())};
  databases.begin();
  for (const auto& each : all->databases)
    databases.learn(each.name, each.uuid);
  return {};
}

catalog::catalog(catalog_actor::pointer self) noexcept : self_{self} {
  // nop
}

catalog::~catalog() {
  // Where it dies early, the writers must end too, or the actor system waits
  // for them for ever. What waits for one is answered by its tokens.
  if (options_)
    std::ignore = options_->context.databases.close();
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
  std::visit(overloaded{
                 [this, &work](const create_database& x) { create(*work, x); },
                 [this, &work](const get_database& x) { describe(*work, x); },
                 [this, &work](const list_databases& x) { list(*work, x); },
                 [this, &work](const delete_database& x) { remove(*work, x); },
                 [this, &work](const auto&) {
                   options_->context.databases.dispatch(std::move(work),
                                                        catalog_actor{self_});
                 },
             },
             work->body);
  options_->context.replies.sink.flush();
}

// -- opening and closing ------------------------------------------------------

void catalog::set_stage(entry& changing, stage to) noexcept {
  changing.stage = to;
  changing.since_ms = steady_now_ms();
}

void catalog::open_wanted() {
  for (auto& database : options_->context.databases.take_wanted()) {
    auto& found = entries_[database->uuid];
    if (!found.database) {
      found.database = std::move(database);
      wait_for_place(found);
    } else if (found.database != database) {
      found.next = std::move(database);
    }
  }
  open_waiting();
  if (!is_sweeping_)
    sweep_later(sweep_busy);
}

void catalog::wait_for_place(entry& waiting) {
  set_stage(waiting, stage::waiting);
  waiting_.push_back(waiting.database->uuid);
}

void catalog::open_waiting() {
  while (!waiting_.empty() && places_taken() < places()) {
    const auto found = entries_.find(waiting_.front());
    waiting_.pop_front();
    if (found != entries_.end() && found->second.stage == stage::waiting)
      open(found->second);
  }
  if (!waiting_.empty())
    make_room();
}

void catalog::open(entry& waiting) {
  const auto database = waiting.database;
  if (auto prepared = prepare_file(database->uuid); !prepared) {
    refuse_waiting(waiting, prepared.error());
    return;
  }
  if (auto spawned = spawn_writer(database, std::nullopt); !spawned) {
    meet_shortage(waiting, spawned.error().message);
    return;
  }
  set_stage(waiting, stage::open);
}

/// Forgets it.
void catalog::refuse_waiting(entry& refused, const codec::error& cause) {
  const auto database = refused.database;
  options_->context.databases.remove(*database);
  entries_.erase(database->uuid);
  for (const auto& work : database->requests.take_all())
    work->reply.fail(cause);
  options_->context.replies.sink.flush();
}

void catalog::writer_failed(const std::string& uuid, const std::string& cause) {
  const auto found = entries_.find(uuid);
  if (found == entries_.end() || !found->second.database->writer)
    return;
  auto& failed = found->second;
  const auto database = failed.database;
  caf::anon_send(database->writer, shut_atom::value);
  if (failed.stage != stage::open) {
    // It is deleted, or the server ends.
    const auto left = database->requests.take_all();
    for (const auto& work : left)
      work->reply.fail({error_code::unavailable, cause});
    writer_closed(uuid, true);
    return;
  }
  options_->context.databases.detach(*database);
  --writers_;
  meet_shortage(failed, cause);
  open_waiting();
}

void catalog::meet_shortage(entry& starved, const std::string& cause) {
  const auto now = steady_now_ms();
  auto& databases = options_->context.databases;
  const auto& database_name = starved.database->name;
  if (databases.shortage().empty())
    spdlog::warn("database {} cannot be opened while {} others are open: {}; "
                 "fewer are open at once for a while",
                 database_name, writers_, cause);
  databases.note_shortage(cause);
  // Some room for others than writers.
  places_max_ = std::max<std::size_t>(
      writers_ - std::min(writers_, std::max<std::size_t>(writers_ / 8, 1)), 1);
  short_until_ms_ = now + shortage_ms;
  if (std::exchange(starved.was_starved, true) || writers_ == 0) {
    refuse_waiting(starved, {error_code::unavailable,
                             "the database '" + database_name
                                 + "' cannot be opened now: " + cause
                                 + "; nothing was executed"});
    return;
  }
  set_stage(starved, stage::waiting);
  waiting_.push_front(starved.database->uuid);
}

codec::result<void> catalog::prepare_file(const std::string& uuid) {
  const auto record = existing(options_->store->find_by_uuid(uuid), uuid);
  if (!record)
    return std::unexpected{record.error()};
  if (record->has_file)
    return {};
  // Of version 0.1.0, and never used. From now on it is missed.
  auto made = storage::make_database_file(
      options_->context.directory, uuid,
      connection_options_of(options_->context.settings,
                            storage::access::writer));
  return made ? options_->store->note_file(uuid) : made;
}

codec::result<void>
catalog::spawn_writer(const open_database_ptr& database,
                      const std::optional<file_trial>& trial) {
  if (!can_have_threads())
    return codec::fail(error_code::unavailable, no_thread);
  // Shared with the actor, to take back what it holds where it is never run.
  const auto options = std::make_shared<writer_options>(
      writer_options{.context = options_->context,
                     .database = database,
                     .catalog = catalog_actor{self_},
                     .connection = connection_options_of(
                         options_->context.settings, storage::access::writer),
                     .trial = trial});
  auto writer = writer_actor{};
  try {
    writer = self_->spawn<caf::detached>(make_shared_writer, options);
  } catch (const std::system_error&) {
    // Somebody else had the thread. CAF counts the actor, and a thread for it,
    // and would wait for both at the end.
    options->database.reset();
    options->catalog = nullptr;
    self_->system().registry().dec_running();
    self_->system().dec_detached_threads();
    return codec::fail(error_code::unavailable, no_thread);
  }
  // As urgent as what it sends, so that its end comes after that.
  self_->monitor<caf::message_priority::high>(writer);
  options_->context.databases.attach(*database, std::move(writer));
  ++writers_;
  return {};
}

void catalog::release_writer(open_database& database) noexcept {
  // The writer holds the database, which holds the writer's address.
  if (std::exchange(database.writer, nullptr))
    --writers_;
}

std::size_t catalog::places_taken() const noexcept {
  return writers_ - std::min({writers_, hung_, hung_writers_max});
}

std::size_t catalog::places() const noexcept {
  const auto most
      = std::size_t{options_->context.settings.databases.writers_max};
  return steady_now_ms() < short_until_ms_ ? std::min(most, places_max_) : most;
}

/// Closes databases for those that wait, one for each and no more.
void catalog::make_room() {
  const auto now = steady_now_ms();
  if (now < next_room_ms_)
    return;
  const auto coming = static_cast<std::size_t>(
      std::ranges::count_if(entries_, [now](const auto& each) {
        const auto& closing = each.second;
        return closing.stage == stage::closing && closing.database->writer
               && now - closing.since_ms < turn_ms;
      }));
  const auto taken = places_taken();
  const auto needed = waiting_.size() + taken - std::min(taken, places());
  if (coming >= needed)
    return;
  auto wanted = needed - coming;
  for (auto* idle : idle_entries()) {
    begin_closing(*idle);
    if (--wanted == 0)
      return;
  }
  next_room_ms_ = now + sweep_busy.count();
  const auto first = entries_.find(waiting_.front());
  if (first == entries_.end() || first->second.stage != stage::waiting
      || now - first->second.since_ms < turn_ms)
    return;
  if (auto* longest = longest_open(now); longest != nullptr)
    begin_closing(*longest);
}

/// Closes what was used longest ago while the writers hold too much memory.
void catalog::keep_to_memory() {
  auto bytes = std::uint64_t{0};
  for (const auto& [uuid, each] : entries_)
    if (each.stage == stage::open)
      bytes += each.database->memory_bytes.load(std::memory_order_relaxed);
  const auto bytes_max = options_->context.settings.databases.memory_bytes_max;
  if (bytes <= bytes_max)
    return;
  for (auto* idle : idle_entries()) {
    bytes -= std::min(bytes, idle->database->memory_bytes.load());
    begin_closing(*idle);
    if (bytes <= bytes_max)
      return;
  }
}

/// Those that nobody has a request at, the one that was used longest ago first.
std::vector<catalog::entry*> catalog::idle_entries() {
  auto result = std::vector<entry*>{};
  for (auto& [uuid, each] : entries_)
    if (each.stage == stage::open && each.database->admitted.requests() == 0)
      result.push_back(&each);
  std::ranges::sort(result, {}, [](const entry* each) {
    return each->database->last_used_ms.load();
  });
  return result;
}

/// Not one whose writer is at something that takes long: its place would not
/// come free.
catalog::entry* catalog::longest_open(std::int64_t now_ms) {
  auto* result = static_cast<entry*>(nullptr);
  for (auto& [uuid, each] : entries_)
    if (each.stage == stage::open && now_ms - each.since_ms >= turn_ms
        && (each.database->busy_until_ms == 0
            || now_ms - each.database->busy_since_ms < long_request_ms)
        && (result == nullptr || each.since_ms < result->since_ms))
      result = &each;
  return result;
}

void catalog::begin_closing(entry& closing) {
  set_stage(closing, stage::closing);
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
      release_writer(*std::exchange(closed.leaving, nullptr));
  } else {
    // It could not open the file; let it answer what it has, and end.
    if (!was_open && closed.stage == stage::open)
      begin_closing(closed);
    finish_closing(uuid);
  }
  open_waiting();
  if (is_shutting_)
    finish_shutting();
}

void catalog::finish_closing(const std::string& uuid) {
  const auto found = entries_.find(uuid);
  auto& closed = found->second;
  release_writer(*closed.database);
  if (closed.is_deleted) {
    forget_deleted(closed);
  } else if (closed.next) {
    closed.database = std::exchange(closed.next, nullptr);
    closed.was_starved = false;
    wait_for_place(closed);
  } else {
    entries_.erase(found);
  }
}

void catalog::send_again(std::vector<job_ptr> requests) {
  for (auto& work : requests)
    options_->context.databases.dispatch(std::move(work), catalog_actor{self_});
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
  const auto database = found->second.database;
  spdlog::error("database {}: its writer died", database->name);
  if (found->second.stage == stage::trying) {
    quarantine_database(found->second, "the attempt to open it died");
    release_writer(*std::exchange(found->second.leaving, nullptr));
    return;
  }
  if (found->second.stage != stage::quarantined)
    options_->context.databases.remove(*database);
  writer_closed(std::string{found->first}, true);
  // What it has not begun with is for the next one.
  send_again(database->requests.take_all());
}

void catalog::tick() {
  look_at_disk();
  const auto now = steady_now_ms();
  if (now < next_upkeep_ms_)
    return;
  next_upkeep_ms_ = now + upkeep_ms(options_->context.settings);
  close_idle();
  look_after_files();
}

/// Fills the reserve again where there is room, and says what has changed.
void catalog::look_at_disk() {
  const auto& room = options_->context.directory.room();
  const auto seen = options_->context.directory.room().look();
  if (seen.state == std::exchange(disk_state_, seen.state))
    return;
  if (seen.state == storage::disk_state::ample)
    spdlog::info("the disk of the data folder has room again: {} bytes free",
                 seen.free_bytes);
  else
    spdlog::warn("{}", room.refusal(seen));
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

// -- requests that wait -------------------------------------------------------

void catalog::sweep_later(std::chrono::milliseconds pause) {
  is_sweeping_ = true;
  self_->delayed_send(self_, pause, sweep_atom::value);
}

void catalog::sweep() {
  is_sweeping_ = false;
  hung_ = count_hung();
  options_->context.databases.note_hung_writers(hung_);
  auto is_busy = !waiting_.empty();
  for (auto& [uuid, each] : entries_) {
    is_busy = is_busy || each.database->admitted.requests() > 0;
    auto swept = sweep_queue(*each.database, each.stage == stage::waiting);
    if (each.next)
      swept += sweep_queue(*each.next, true);
    if (swept > 0)
      options_->context.replies.sink.flush();
  }
  keep_to_memory();
  if (!waiting_.empty())
    open_waiting();
  if (is_shutting_)
    finish_shutting();
  if (!entries_.empty() && !is_sweeping_)
    sweep_later(is_busy ? sweep_busy : sweep_quiet);
}

std::size_t catalog::count_hung() const {
  const auto now = steady_now_ms();
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [now](const auto& each) {
        const auto& database = *each.second.database;
        return database.writer && database.is_hung(now);
      }));
}

/// @return how many requests were answered.
std::size_t catalog::sweep_queue(open_database& database, bool is_waiting) {
  auto failure = codec::error{
      error_code::timeout,
      is_waiting ? "the deadline passed while the request waited for "
                   "its database to be opened; it was not executed"
                 : "the deadline passed while the request was queued; "
                   "it was not executed"};
  auto answered = std::vector<job_ptr>{};
  if (database.is_hung(steady_now_ms())) {
    failure = options_->context.databases.refusal(open_databases::outcome::hung,
                                                  database.name);
    answered = database.requests.take_all();
  } else {
    answered = database.requests.take_late(std::chrono::steady_clock::now());
  }
  for (const auto& work : answered)
    work->reply.fail(failure);
  return answered.size();
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
  for (const auto& work : options_->context.databases.close())
    work->reply.fail({error_code::unavailable, "the server is shutting down"});
  waiting_.clear();
  std::erase_if(entries_, [](const auto& each) {
    return each.second.stage == stage::waiting;
  });
  for (auto& [uuid, each] : entries_) {
    each.next.reset();
    if (each.stage == stage::open || each.stage == stage::trying)
      begin_closing(each);
    else if (each.stage == stage::quarantined)
      end_quarantine(each);
  }
  finish_shutting();
  return promise;
}

void catalog::finish_shutting() {
  // Deletions that wait for readers are finished at the next start, and nobody
  // waits for what hangs.
  if (writers_ > count_hung())
    return;
  options_->context.replies.sink.flush();
  for (auto& promise : std::exchange(shut_promises_, {}))
    promise.deliver(writers_ == 0);
}

catalog_actor::behavior_type
make_catalog(catalog_actor::stateful_pointer<catalog> self,
             const catalog_options& options) {
  self->state.start(options);
  self->set_down_handler([self](const caf::down_msg& down) {
    self->state.writer_died(down.source);
  });
  const auto tick = std::chrono::milliseconds{
      std::min(upkeep_ms(options.context.settings), disk_look_ms)};
  self->delayed_send(self, tick, expire_atom::value);
  return {
      [self](job_ptr& work) { self->state.accept(std::move(work)); },
      [self](wanted_atom) { self->state.open_wanted(); },
      [self](closed_atom, const std::string& uuid, bool was_open) {
        self->state.writer_closed(uuid, was_open);
      },
      [self](failed_atom, const std::string& uuid, const std::string& cause) {
        self->state.writer_failed(uuid, cause);
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
      [self](sweep_atom) { self->state.sweep(); },
      [self](shut_atom) { return self->state.shut(); },
  };
}

} // namespace sluice::actors
