#include "actors/database_writer.hpp"

#include "actors/read_queue.hpp"
#include "storage/database_file.hpp"
#include "storage/file_fault.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace sluice::actors {

using codec::error_code;

namespace {

/// What the disk may take for a commit or the end of a file before its writer
/// counts as hung.
constexpr auto disk_patience = std::chrono::seconds{30};

/// Its memory is measured no more often.
constexpr auto memory_interval_ms = std::int64_t{1'000};

std::int64_t in_ms(std::chrono::steady_clock::time_point when) noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             when.time_since_epoch())
      .count();
}

/// While it lives, others can see what the writer is at.
class at_work {
public:
  at_work(open_database& database, storage::deadline until) noexcept
      : database_{database} {
    database_.busy_since_ms.store(steady_now_ms(), std::memory_order_relaxed);
    database_.busy_until_ms.store(in_ms(until), std::memory_order_relaxed);
  }
  explicit at_work(open_database& database) noexcept
      : at_work{database, std::chrono::steady_clock::now() + disk_patience} {
    // nop
  }
  at_work(const at_work&) = delete;
  at_work& operator=(const at_work&) = delete;
  ~at_work() {
    database_.busy_until_ms.store(0, std::memory_order_relaxed);
  }

private:
  open_database& database_;
};

} // namespace

database_writer::database_writer(writer_actor::pointer self) noexcept
    : self_{self} {
  // nop
}

void database_writer::open(const writer_options& options) {
  options_ = std::make_unique<writer_options>(options);
  auto opened = try_open();
  const auto& database = *options.database;
  if (opened) {
    group_ = std::move(*opened);
    options.database->is_ready.store(true, std::memory_order_release);
    spdlog::debug("database {}: open, commit {}", database.name,
                  database.commit_number.load());
    if (options.trial && options.catalog)
      self_->send<caf::message_priority::high>(
          options.catalog, opened_atom::value, database.uuid);
    return;
  }
  failure_ = std::move(opened.error());
  spdlog::error("database {} ({}): cannot open: {}", database.name,
                database.uuid, failure_.message);
  if (options.trial
      || (failure_.code == error_code::storage
          && !storage::is_shortage(failure_))) {
    is_broken_ = true;
    tell_broken(failure_.message);
    return;
  }
  if (failure_.code == error_code::unavailable && options.catalog) {
    is_starved_ = true;
    has_told_closed_ = true;
    self_->send<caf::message_priority::high>(
        options.catalog, failed_atom::value, database.uuid, failure_.message);
    return;
  }
  // The next request after that makes a new attempt.
  has_told_closed_ = true;
  if (options.catalog)
    self_->send<caf::message_priority::high>(
        options.catalog, closed_atom::value, database.uuid, false);
}

codec::result<std::unique_ptr<write_group>> database_writer::try_open() const {
  const auto& options = *options_;
  if (options.trial) {
    const auto& trial = *options.trial;
    if (auto fits = storage::check_wal_fits(
            options.context.directory, options.database->uuid,
            {trial.file_number, trial.wal_number});
        !fits)
      return std::unexpected{std::move(fits.error())};
  }
  auto opened = write_group::open(options.context, options.database,
                                  options.connection);
  if (opened && options.trial)
    if (auto proven = (*opened)->prove(options.trial->commit_min); !proven)
      return std::unexpected{std::move(proven.error())};
  return opened;
}

void database_writer::begin_turn() {
  if (options_->database->requests.has_work())
    self_->send(self_, work_atom::value);
  else
    measure_memory();
}

/// Not after each request: it takes a while where the schema is large.
void database_writer::measure_memory() {
  const auto now = steady_now_ms();
  if (!group_ || now - measured_ms_ < memory_interval_ms)
    return;
  measured_ms_ = now;
  options_->database->memory_bytes.store(group_->memory_bytes(),
                                         std::memory_order_relaxed);
}

void database_writer::work() {
  if (is_starved_)
    return;
  auto& requests = options_->database->requests;
  if (auto next = requests.pop()) {
    accept(std::move(next));
    if (left_ == 0)
      left_ = requests.size() + 1;
    --left_;
  } else {
    left_ = 0;
  }
  // The commit comes behind all that was queued: the group takes that along. It
  // also sends what was answered without one.
  if (left_ > 0)
    self_->send(self_, work_atom::value);
  else
    self_->send(self_, commit_atom::value);
}

void database_writer::accept(job_ptr work) {
  if (!group_ || is_broken_) {
    refuse(std::move(work));
    return;
  }
  // It came while the file was being opened.
  if (work->route == job_route::reader) {
    options_->context.queue.push(std::move(work));
    return;
  }
  {
    const auto busy = at_work{*options_->database, work->until};
    group_->execute(work);
  }
  if (group_->is_full()) {
    const auto busy = at_work{*options_->database};
    group_->commit();
  }
  break_off_if_lost();
}

void database_writer::refuse(job_ptr work) {
  // Readers may be able to read what cannot be written.
  if (is_broken_ && work->route == job_route::reader) {
    options_->context.queue.push(std::move(work));
    return;
  }
  work->reply.fail(failure_);
  options_->context.replies.sink.flush();
}

void database_writer::commit() {
  if (group_ && !is_broken_) {
    {
      const auto busy = at_work{*options_->database};
      group_->commit();
    }
    break_off_if_lost();
  }
  begin_turn();
}

void database_writer::look(const std::string& damage) {
  if (!group_)
    return;
  if (is_broken_) {
    // It was put off.
    save();
    return;
  }
  group_->look(damage);
  break_off_if_lost();
}

void database_writer::break_off_if_lost() {
  const auto* loss = group_->loss();
  if (is_broken_ || loss == nullptr)
    return;
  is_broken_ = true;
  refuse_for(loss->message);
  spdlog::error("database {} ({}): {}", options_->database->name,
                options_->database->uuid, loss->message);
  // First of all, so that requests are refused at once while this saves.
  tell_broken(loss->message);
  save();
}

void database_writer::save() {
  const auto saved = group_->rescue();
  if (saved.kind != storage::rescue_kind::needless) {
    auto cause = group_->loss()->message + "; " + saved.text;
    // An attempt that was put off comes again and again.
    if (cause != told_cause_) {
      spdlog::log(saved.kind == storage::rescue_kind::saved
                      ? spdlog::level::warn
                      : spdlog::level::err,
                  "database {} ({}): {}", options_->database->name,
                  options_->database->uuid, saved.text);
      refuse_for(cause);
      tell_broken(cause);
      told_cause_ = std::move(cause);
    }
  }
  if (saved.kind == storage::rescue_kind::put_off)
    return;
  group_.reset();
  if (is_told_to_shut_)
    finish();
}

void database_writer::refuse_for(const std::string& cause) {
  failure_ = {error_code::storage, "nothing is written to the database '"
                                       + options_->database->name
                                       + "' any more: " + cause};
}

void database_writer::tell_broken(const std::string& cause) {
  if (options_->catalog)
    self_->send<caf::message_priority::high>(
        options_->catalog, broken_atom::value, options_->database->uuid, cause);
}

void database_writer::shut() {
  if (!is_starved_)
    while (auto work = options_->database->requests.pop())
      accept(std::move(work));
  const auto is_second = std::exchange(is_told_to_shut_, true);
  if (group_ && !is_broken_) {
    {
      const auto busy = at_work{*options_->database};
      group_->close();
    }
    break_off_if_lost();
    if (!options_)
      // It saved what was lost, and finished with that.
      return;
  }
  // Something is still to be saved.
  if (group_ && is_broken_ && !is_second)
    return;
  finish();
}

void database_writer::finish() {
  const auto options = std::exchange(options_, nullptr);
  if (group_ && is_broken_)
    spdlog::critical("database {} ({}): what was only in the file that was "
                     "taken away is lost",
                     options->database->name, options->database->uuid);
  group_.reset();
  if (options->catalog && !has_told_closed_)
    self_->send<caf::message_priority::high>(
        options->catalog, closed_atom::value, options->database->uuid, true);
  self_->quit();
}

writer_actor::behavior_type
make_database_writer(writer_actor::stateful_pointer<database_writer> self,
                     const writer_options& options) {
  self->state.open(options);
  return {
      [self](work_atom) { self->state.work(); },
      [self](commit_atom) { self->state.commit(); },
      [self](look_atom, const std::string& damage) {
        self->state.look(damage);
      },
      [self](shut_atom) { self->state.shut(); },
  };
}

} // namespace sluice::actors
