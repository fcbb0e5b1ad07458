#include "actors/database_writer.hpp"

#include "actors/read_queue.hpp"
#include "storage/database_file.hpp"
#include "storage/file_fault.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace sluice::actors {

using codec::error_code;

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
      self_->send(options.catalog, opened_atom::value, database.uuid);
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
  // The next request after that makes a new attempt.
  has_told_closed_ = true;
  if (options.catalog)
    self_->send(options.catalog, closed_atom::value, database.uuid, false);
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
  group_->execute(work);
  if (group_->is_full())
    group_->commit();
  if (!commit_queued_) {
    // Behind all that is queued now: the group takes that along. It also
    // sends what was answered without a commit.
    commit_queued_ = true;
    self_->send(self_, commit_atom::value);
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
  commit_queued_ = false;
  if (!group_ || is_broken_)
    return;
  group_->commit();
  break_off_if_lost();
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
    self_->send(options_->catalog, broken_atom::value, options_->database->uuid,
                cause);
}

void database_writer::shut() {
  const auto is_second = std::exchange(is_told_to_shut_, true);
  if (group_ && !is_broken_) {
    group_->close();
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
    self_->send(options->catalog, closed_atom::value, options->database->uuid,
                true);
  self_->quit();
}

writer_actor::behavior_type
make_database_writer(writer_actor::stateful_pointer<database_writer> self,
                     const writer_options& options) {
  self->state.open(options);
  return {
      [self](job_ptr& work) { self->state.accept(std::move(work)); },
      [self](commit_atom) { self->state.commit(); },
      [self](look_atom, const std::string& damage) {
        self->state.look(damage);
      },
      [self](shut_atom) { self->state.shut(); },
  };
}

} // namespace sluice::actors
