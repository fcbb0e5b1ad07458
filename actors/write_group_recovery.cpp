#include "actors/write_group.hpp"
#include "storage/file_fault.hpp"

#include <spdlog/spdlog.h>

#include <iterator>
#include <utility>

/// What a group of writes does when SQLite has rolled all of it back.
namespace sluice::actors {

using codec::error_code;

namespace {

constexpr auto failure_line_pause = std::chrono::seconds{10};

} // namespace

void write_group::log_failed_commit(const codec::error& cause) {
  const auto now = clock::now();
  if (now < next_failure_line_) {
    ++unlogged_failures_;
    return;
  }
  next_failure_line_ = now + failure_line_pause;
  spdlog::error("database {}: commit failed: {} ({} more since the last line "
                "that said so)",
                database_->name, cause.message,
                std::exchange(unlogged_failures_, 0));
}

write_group::blame write_group::blame_of(const codec::error& cause) noexcept {
  // A full database may be one request's doing. If it is the disk that is full,
  // the commit of the others will say so.
  if (cause.fault == codec::fault_kind::request || storage::is_full(cause))
    return blame::request;
  return cause.code == error_code::storage || cause.code == error_code::internal
             ? blame::storage
             : blame::request;
}

void write_group::recover(const codec::error& cause) {
  connection_->forget_schema();
  if (blame_of(cause) == blame::storage) {
    fail_all(cause);
    return;
  }
  auto undone = std::vector<job_ptr>{};
  for (auto& other : std::exchange(pending_, {}))
    undone.push_back(std::move(other.work));
  if (undone.empty())
    return;
  // Each round answers at least one request.
  while (!undone.empty())
    undone = redo(std::move(undone));
  commit();
}

/// Executes requests again that were undone by another one's doing.
/// @return what has to be executed once more, because one of them, which has
///   been answered, did the same: its deadline has come by now.
std::vector<job_ptr> write_group::redo(std::vector<job_ptr> undone) {
  auto failure = codec::error{};
  auto begun = transaction_.begin();
  auto next = undone.begin();
  for (; begun && next != undone.end(); ++next) {
    auto done = run(*next);
    if (done && !transaction_.is_lost()) {
      pending_.push_back(std::move(*done));
      continue;
    }
    failure = done ? codec::error{error_code::storage,
                                  "SQLite rolled the transaction back"}
                   : std::move(done.error());
    judge(failure);
    (*next)->reply.fail(failure);
    if (!transaction_.is_lost())
      continue;
    connection_->forget_schema();
    if (blame_of(failure) == blame::request) {
      auto again = std::vector<job_ptr>{};
      for (auto& done_before : std::exchange(pending_, {}))
        again.push_back(std::move(done_before.work));
      again.insert(again.end(), std::next(next), undone.end());
      return again;
    }
    begun = std::unexpected{failure};
  }
  if (begun)
    return {};
  fail_all(begun.error());
  for (; next != undone.end(); ++next)
    (*next)->reply.fail(begun.error());
  return {};
}

void write_group::fail_all(const codec::error& cause) {
  for (auto& reply : std::exchange(pending_, {}))
    reply.work->reply.fail(
        {error_code::storage, "the commit of this request's group failed, "
                              "nothing of it was applied: "
                                  + cause.message});
  context_.replies.sink.flush();
}

} // namespace sluice::actors
