#include "actors/write_group.hpp"
#include "storage/file_fault.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>

/// How a group's WAL gets back into the file.
namespace sluice::actors {

using codec::error_code;
using storage::connection;

void write_group::checkpoint_if_due() {
  const auto hurries = disk_.state != storage::disk_state::ample;
  checkpoint(pace_.next(connection_->wal_pages(), clock::now(), hurries));
}

void write_group::checkpoint(checkpoint_step step) {
  if (step == checkpoint_step::none)
    return;
  const auto mode = step == checkpoint_step::forced
                        ? connection::checkpoint_mode::truncate
                        : connection::checkpoint_mode::passive;
  // A failed checkpoint loses nothing: the commits are in the WAL.
  auto done = connection_->checkpoint(mode, checkpoint_pace::forced_wait);
  watch_.settle();
  pace_.note(step, done == connection::checkpoint_outcome::complete,
             clock::now());
  // In vain: the next look at the disk notes it, or fails as this does.
  std::ignore = note_debt();
  if (done)
    return;
  spdlog::error("database {}: checkpoint failed: {}", database_->name,
                done.error().message);
  judge(done.error());
}

codec::result<void> write_group::check_wal() {
  const auto bytes_max = context_.settings.writer.wal_bytes_max;
  if (connection_->wal_bytes() < bytes_max)
    return {};
  checkpoint_if_due();
  if (!pace_.is_full(connection_->wal_pages()))
    return {};
  return codec::fail(
      error_code::overloaded,
      "the write-ahead log of the database '" + database_->name + "' has "
          + std::to_string(connection_->wal_bytes())
          + " bytes, and writer.wal_bytes_max allows "
          + std::to_string(bytes_max)
          + ": a read that began long ago (a stream, a dump or a report) keeps "
            "it from being emptied; try again when that has ended");
}

codec::result<void> write_group::look_at_disk() {
  auto& room = context_.directory.room();
  const auto seen = room.look();
  if (seen.number == disk_.number)
    return {};
  if (auto noted = note_debt(); !noted)
    return noted;
  disk_ = room.last();
  const auto refusal = room.refusal(disk_);
  only_deletions_
      = disk_.state == storage::disk_state::full ? refusal : std::string{};
  // It grows in the WAL and in the file.
  return connection_->bound_growth(disk_.spare_bytes / 2, refusal);
}

codec::result<void> write_group::note_debt() {
  auto debt = connection_->unwritten_bytes();
  if (!debt)
    return std::unexpected{std::move(debt.error())};
  debt_.set(*debt);
  return {};
}

void write_group::relieve_disk(const codec::error& cause) {
  if (cause.code != error_code::storage || !storage::is_full(cause))
    return;
  // It may give up the reserve.
  static_cast<void>(context_.directory.room().look_now());
  // What was not committed still takes its room in the WAL, also where it is
  // all that is there.
  if (!loss_ && !connection_->in_transaction())
    checkpoint(
        pace_.next(std::max(connection_->wal_pages(), 1u), clock::now(), true));
}

} // namespace sluice::actors
