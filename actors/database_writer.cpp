#include "actors/database_writer.hpp"

#include "actors/read_queue.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace sluice::actors {

database_writer::database_writer(writer_actor::pointer self) noexcept
    : self_{self} {
  // nop
}

void database_writer::open(const writer_options& options) {
  options_ = std::make_unique<writer_options>(options);
  auto opened = write_group::open(options.context, options.database,
                                  options.connection);
  if (opened) {
    group_ = std::move(*opened);
    options.database->is_ready.store(true, std::memory_order_release);
    spdlog::debug("database {}: open, commit {}", options.database->name,
                  options.database->commit_number.load());
    return;
  }
  failure_ = std::move(opened.error());
  spdlog::error("database {} ({}): cannot open: {}", options.database->name,
                options.database->uuid, failure_.message);
  // The next request after that makes a new attempt.
  if (options.catalog)
    self_->send(options.catalog, closed_atom::value, options.database->uuid,
                false);
}

void database_writer::accept(job_ptr work) {
  if (!group_) {
    work->reply.fail(failure_);
    options_->context.replies.sink.flush();
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
}

void database_writer::commit() {
  commit_queued_ = false;
  if (group_)
    group_->commit();
}

void database_writer::shut() {
  const auto opened = group_ != nullptr;
  if (opened)
    group_->close();
  group_.reset();
  const auto options = std::exchange(options_, nullptr);
  if (options && options->catalog && opened)
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
      [self](shut_atom) { self->state.shut(); },
  };
}

} // namespace sluice::actors
