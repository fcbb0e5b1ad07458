#include "actors/catalog.hpp"
#include "actors/read_queue.hpp"
#include "codec/timestamp.hpp"
#include "storage/database_file.hpp"
#include "storage/file_watch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

/// What the catalog does about databases whose files are broken or gone.
namespace sluice::actors {

namespace {

/// A file that nobody has touched is tried ever more rarely, at last once in so
/// many times.
constexpr auto unchanged_factor_max = std::int64_t{32};

/// Stands for a file that is not there, where 0 is one that is not known.
constexpr auto no_file = std::numeric_limits<std::uint64_t>::max();

} // namespace

void catalog::writer_broke(const std::string& uuid, const std::string& cause) {
  const auto found = entries_.find(uuid);
  if (found == entries_.end())
    return;
  auto& broken = found->second;
  if (is_shutting_ || broken.is_deleted) {
    // It has been told to shut, and need not stay for what it cannot save.
    if (broken.database->writer)
      caf::anon_send(broken.database->writer, shut_atom::value);
    return;
  }
  if (broken.stage != stage::quarantined) {
    quarantine_database(broken, cause);
    return;
  }
  word_quarantine(*broken.trial, cause);
  options_->context.databases.insert_quarantined(broken.database,
                                                 broken.trial->why);
}

void catalog::quarantine_database(entry& broken, const std::string& cause) {
  auto& context = options_->context;
  auto former = broken.database;
  if (!broken.trial) {
    broken.trial = std::make_unique<trials>();
    broken.trial->why.uuid = former->uuid;
    broken.trial->why.since
        = codec::format_timestamp(std::chrono::system_clock::now());
  }
  auto& trial = *broken.trial;
  auto& known = trial.known;
  known.commit_min = std::max(known.commit_min, former->commit_number.load());
  if (const auto number = former->file_number.load(); number != 0) {
    known.file_number = number;
    known.wal_number = former->wal_number.load();
  }
  const auto path = context.directory.database_path(former->uuid);
  const auto database = std::make_shared<open_database>(
      former->uuid, former->name, context.settings.admission);
  database->is_ready = true;
  database->commit_number = known.commit_min;
  // Readers that still have the former file open go on with it, and none may
  // open another one beside it: the two would share what SQLite maps.
  const auto number = storage::file_number(path);
  database->file_number
      = broken.stage != stage::trying && former->file_number != 0
            ? former->file_number.load()
        : number != 0 ? number
                      : no_file;
  word_quarantine(trial, cause);
  trial.why.is_readable = is_readable(*database);
  const auto retry_ms
      = std::int64_t{1'000} * context.settings.databases.quarantine_retry_s;
  const auto now = steady_now_ms();
  trial.next_ms = now + retry_ms;
  trial.next_unchanged_ms
      = now
        + retry_ms
              * std::min(std::int64_t{1} << std::min(trial.count, 30u),
                         unchanged_factor_max);
  trial.looks = context.directory.looks_of(former->uuid);
  const auto replaced
      = context.databases.insert_quarantined(database, trial.why);
  if (broken.stage != stage::closing && former->writer)
    caf::anon_send(former->writer, shut_atom::value);
  const auto was_trying = broken.stage == stage::trying;
  set_stage(broken, stage::quarantined);
  broken.next.reset();
  broken.leaving = former;
  broken.database = database;
  spdlog::error("database {} ({}) is quarantined: {}", database->name,
                database->uuid, trial.why.cause);
  // What has no writer that would answer it.
  if (was_trying)
    send_again(former->requests.take_all());
  if (replaced && replaced != former)
    send_again(replaced->requests.take_all());
}

void catalog::word_quarantine(trials& about, const std::string& cause) const {
  const auto& context = options_->context;
  const auto& uuid = about.why.uuid;
  auto text = cause + "; put databases/" + uuid + ".sqlite right";
  if (const auto copies = context.directory.rescued_copies(uuid);
      !copies.empty())
    text += ", e.g. with the copy "
            + std::filesystem::path{copies.back()}.filename().string();
  about.why.cause
      = text + " (it is tried again within "
        + std::to_string(context.settings.databases.quarantine_retry_s)
        + " s of that), or delete the database";
}

bool catalog::is_readable(const open_database& database) const {
  const auto& context = options_->context;
  const auto path = context.directory.database_path(database.uuid);
  if (storage::file_number(path) != database.file_number)
    return false;
  auto opened = storage::connection::open(
      path, connection_options_of(context.settings, storage::access::reader));
  return opened && storage::check_owner(**opened, database.uuid);
}

/// A quarantined database is deleted, or the server ends.
void catalog::end_quarantine(entry& ending) {
  auto& databases = options_->context.databases;
  databases.remove(*ending.database);
  databases.forget_quarantine(ending.database->name);
  if (!ending.leaving)
    return;
  // Its second `shut`: it need not stay for what it cannot save.
  ending.database = std::exchange(ending.leaving, nullptr);
  set_stage(ending, stage::closing);
  if (ending.database->writer)
    caf::anon_send(ending.database->writer, shut_atom::value);
}

// -- trying again
// --------------------------------------------------------------

void catalog::look_after_files() {
  if (is_shutting_)
    return;
  if (auto there = options_->store->look();
      !there && there.error().message != catalogue_problem_) {
    catalogue_problem_ = there.error().message;
    spdlog::critical("{}", catalogue_problem_);
  }
  auto due = std::vector<entry*>{};
  for (auto& [uuid, each] : entries_) {
    const auto& database
        = each.stage == stage::open ? each.database : each.leaving;
    if (database && database->writer)
      caf::anon_send(database->writer, look_atom::value, std::string{});
    if (each.stage == stage::quarantined && !each.leaving
        && steady_now_ms() >= each.trial->next_ms)
      due.push_back(&each);
  }
  for (auto* each : due)
    try_again(*each);
}

void catalog::try_again(entry& quarantined) {
  auto& trial = *quarantined.trial;
  const auto& context = options_->context;
  const auto now = steady_now_ms();
  trial.next_ms
      = now
        + std::int64_t{1'000} * context.settings.databases.quarantine_retry_s;
  // Reads have to wait for a trial, so none without hope.
  const auto& uuid = quarantined.database->uuid;
  const auto is_there
      = storage::file_number(context.directory.database_path(uuid)) != 0;
  const auto is_changed = context.directory.looks_of(uuid) != trial.looks;
  if (!is_there || (!is_changed && now < trial.next_unchanged_ms)
      || places_taken() >= places())
    return;
  begin_trial(quarantined);
}

void catalog::begin_trial(entry& quarantined) {
  auto& context = options_->context;
  const auto database = std::make_shared<open_database>(
      quarantined.database->uuid, quarantined.database->name,
      context.settings.admission);
  spdlog::info("database {} ({}): trying whether it is sound again",
               database->name, database->uuid);
  set_stage(quarantined, stage::trying);
  ++quarantined.trial->count;
  // No connection may be left that knows the former files.
  context.databases.insert_trying(database);
  quarantined.database = database;
  send_again(context.queue.take_all(database->uuid));
  quarantined.readers_left = context.queue.tell_to_forget(database->uuid);
  if (quarantined.readers_left == 0)
    open_trial(quarantined);
}

void catalog::open_trial(entry& trying) {
  if (auto spawned = spawn_writer(trying.database, trying.trial->known);
      !spawned) {
    quarantine_database(trying, spawned.error().message);
    trying.leaving.reset();
  }
}

void catalog::writer_opened(const std::string& uuid) {
  const auto found = entries_.find(uuid);
  if (found == entries_.end() || found->second.stage != stage::trying)
    return;
  auto& sound = found->second;
  set_stage(sound, stage::open);
  sound.trial.reset();
  options_->context.databases.insert(sound.database);
  spdlog::warn("database {} ({}) is sound again, and written to",
               sound.database->name, uuid);
}

} // namespace sluice::actors
