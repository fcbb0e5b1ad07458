#include "actors/write_group.hpp"

#include "actors/account_flow.hpp"
#include "actors/cancellable.hpp"
#include "actors/service_plan.hpp"
#include "storage/file_fault.hpp"
#include "storage/foreign_keys.hpp"
#include "storage/migration_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice::actors {

using codec::error_code;

namespace {

/// What a savepoint keeps to undo the request is more than a request may have
/// in temporary files. Without others before it, it needs none.
template <class T>
bool needs_no_savepoint(const codec::result<T>& done) {
  return !done && done.error().code == error_code::too_large
         && storage::is_full(done.error());
}

/// What is remembered of it must be of no use to who reads the file.
bool is_sealed(const job& work) noexcept {
  return work.account && rules_of(work).is_secret;
}

bool may_switch_keys(const job& work) noexcept {
  if (const auto* script = std::get_if<codec::exec_request>(&work.body))
    return storage::mentions_foreign_keys(script->sql);
  const auto* request = std::get_if<codec::query_request>(&work.body);
  return request != nullptr
         && std::ranges::any_of(request->queries, [](const auto& query) {
              return storage::mentions_foreign_keys(query.sql);
            });
}

} // namespace

write_group::write_group(const serving_context& context,
                         open_database_ptr database,
                         std::unique_ptr<storage::connection> connection,
                         storage::write_transaction transaction,
                         storage::idempotency replies,
                         storage::file_watch watch)
    : context_{context}, database_{std::move(database)},
      connection_{std::move(connection)}, transaction_{transaction},
      replies_{replies}, executor_{*connection_, context.server_name},
      watch_{std::move(watch)}, pace_{context.settings.writer.checkpoint_pages,
                                      context.settings.writer.wal_bytes_max
                                          / connection_->wal_frame_bytes()},
      debt_{context.directory.room()} {
  // nop
}

codec::result<std::unique_ptr<write_group>>
write_group::open(const serving_context& context, open_database_ptr database,
                  const storage::connection_options& options) {
  auto connection = storage::connection::open(
      context.directory.database_path(database->uuid), options);
  if (!connection)
    return std::unexpected{connection.error()};
  auto transaction
      = storage::write_transaction::open(**connection, database->uuid);
  if (!transaction)
    return std::unexpected{transaction.error()};
  auto replies = storage::idempotency::open(
      **connection,
      std::chrono::seconds{context.settings.idempotency.retention_s},
      storage::process_clock::now());
  if (!replies)
    return std::unexpected{replies.error()};
  auto watch = storage::file_watch::start(**connection);
  if (!watch)
    return std::unexpected{watch.error()};
  (*connection)->set_checkpoint_on_close(true);
  database->file_number.store(watch->number(), std::memory_order_relaxed);
  database->wal_number.store(watch->wal_number(), std::memory_order_relaxed);
  database->commit_number.store(transaction->commit_number(),
                                std::memory_order_release);
  return std::unique_ptr<write_group>{
      new write_group{context, std::move(database), std::move(*connection),
                      *transaction, *replies, std::move(*watch)}};
}

bool write_group::is_full() const noexcept {
  const auto& bounds = context_.settings.writer;
  return pending_.size() >= bounds.group_requests_max
         || bytes_ >= bounds.group_bytes_max
         || (!pending_.empty()
             && clock::now() - begun_
                    >= std::chrono::milliseconds{bounds.group_ms_max});
}

bool write_group::begin(job& work) {
  if (connection_->in_transaction())
    return true;
  // What is written to a file that is gone does not last.
  if (auto there = check_files(); !there) {
    work.reply.fail(there.error());
    return false;
  }
  auto begun = check_wal();
  if (begun)
    begun = look_at_disk();
  if (begun)
    begun = transaction_.begin();
  if (!begun) {
    judge(begun.error());
    work.reply.fail(begun.error());
    return false;
  }
  begun_ = clock::now();
  bytes_ = 0;
  return true;
}

codec::result<void> write_group::check(const job& work) const {
  if (clock::now() >= work.until)
    return codec::fail(error_code::timeout,
                       "the deadline passed while the request was queued; it "
                       "was not executed");
  const auto& constraint = work.constraint;
  const auto foreign = !constraint.database_uuid.empty()
                       && constraint.database_uuid != database_->uuid;
  if (foreign || constraint.commit_min > transaction_.commit_number())
    return codec::fail(error_code::bad_request,
                       "the bookmark in the header Sluice-Bookmark is not one "
                       "of this database");
  return check_room_for_reply(work.reply);
}

void write_group::execute(const job_ptr& work) {
  if (auto allowed = check(*work); !allowed) {
    work->reply.fail(allowed.error());
    return;
  }
  const auto shown = shown_write::turn{database_->write, work};
  if (const auto* asked
      = std::get_if<services::apply_migrations>(&work->body)) {
    const auto ends = cancellable{*connection_, *work};
    apply_migrations(*work, *asked);
    return;
  }
  if (std::holds_alternative<services::service_request>(work->body))
    if (auto ready = prepare_schema(limits_of(*work)); !ready) {
      work->reply.fail(ready.error());
      return;
    }
  if (waits_for_lookup(*work)) {
    look_up(work);
    return;
  }
  // One that may look through all of the database, and one that is known to be
  // slow, hold up nobody who could be answered.
  if (!pending_.empty() && (slow_.knows(*work) || may_switch_keys(*work)))
    commit();
  execute_in_group(work);
}

void write_group::execute_in_group(const job_ptr& work) {
  if (!begin(*work))
    return;
  const auto group_time
      = std::chrono::milliseconds{context_.settings.writer.group_ms_max};
  const auto began = clock::now();
  if (!pending_.empty())
    yields_at_ = began + group_time;
  auto done = run(work);
  const auto now = clock::now();
  const auto yields_at = std::exchange(yields_at_, storage::no_deadline);
  const auto took_time = !done && done.error().code == error_code::timeout
                         && now >= yields_at && now < work->until;
  if (!pending_.empty() && (took_time || needs_no_savepoint(done))) {
    run_behind_group(work, done.error());
    return;
  }
  if (pending_.empty() && now - began < group_time)
    slow_.forget(*work);
  if (done && !transaction_.is_lost()) {
    bytes_ += work->bytes + done->reply.bytes();
    pending_.push_back(std::move(*done));
    return;
  }
  auto cause = done ? codec::error{error_code::storage,
                                   "SQLite rolled the transaction back"}
                    : std::move(done.error());
  judge(cause);
  work->reply.fail(as_cancelled(*work, cause));
  if (transaction_.is_lost())
    recover(cause);
  else if (pending_.empty())
    // Nothing else is in the transaction: do not hold the lock.
    transaction_.end_empty();
  relieve_disk(cause);
}

/// Runs a request anew that took the others' time: they are committed first.
void write_group::run_behind_group(const job_ptr& work,
                                   const codec::error& interruption) {
  slow_.add(*work);
  if (transaction_.is_lost())
    recover(interruption);
  else
    commit();
  execute_in_group(work);
}

/// A reader could not: the tables of the services were not there yet.
void write_group::look_up(const job_ptr& work) {
  auto done = look_up_account(*connection_, context_.accounts, work,
                              limits_of(*work));
  if (done)
    return;
  judge(done.error());
  if (!pending_.empty() && transaction_.is_lost())
    recover(done.error());
}

codec::result<write_group::pending_reply>
write_group::run(const job_ptr& work) {
  // Not what is executed again because of it.
  const auto ends = cancellable{*connection_, *work};
  const auto& identity = work->identity;
  if (!identity.has_value())
    return run_new(work);
  auto known = replay(work, *identity);
  if (!known)
    return std::unexpected{std::move(known.error())};
  auto& found = *known;
  return found.has_value() ? std::move(*found) : run_new(work);
}

codec::result<std::optional<write_group::pending_reply>>
write_group::replay(const job_ptr& work,
                    const storage::request_identity& identity) {
  auto found = replies_.find(identity, storage::process_clock::now());
  if (!found)
    return std::unexpected{std::move(found.error())};
  auto& text = *found;
  if (!text.has_value())
    return std::nullopt;
  if (is_sealed(*work))
    text = context_.accounts.seal.open(*text, work->account->digest);
  auto reply = text.has_value() ? parse_write_reply(*text) : std::nullopt;
  if (!reply)
    return codec::fail(error_code::storage,
                       "the remembered reply to this request is damaged");
  return pending_reply{work, std::move(*reply), false, true};
}

codec::result<write_group::pending_reply>
write_group::run_new(const job_ptr& work) {
  if (work->account)
    if (const auto& refusal = work->account->refusal; refusal.has_value())
      return std::unexpected{*refusal};
  // What it may need to undo would be copied to a savepoint's journal, as large
  // as what a DROP TABLE frees. Before all others the transaction does.
  const auto is_first = pending_.empty();
  if (!is_first)
    if (auto begun = transaction_.begin_request(); !begun)
      return std::unexpected{begun.error()};
  auto done = run_body(work);
  if (done) {
    auto kept = is_first ? transaction_.keep_first_request()
                         : transaction_.keep_request();
    if (kept)
      return done;
    done = std::unexpected{std::move(kept.error())};
  }
  if (is_first)
    transaction_.undo_first_request();
  else if (!transaction_.is_lost())
    if (auto undone = transaction_.undo_request(); !undone) {
      // A request that cannot be undone must not be committed.
      spdlog::error("database {}: a savepoint could not be rolled back: {}",
                    database_->name, undone.error().message);
      transaction_.roll_back();
    }
  return done;
}

codec::result<write_group::pending_reply>
write_group::run_body(const job_ptr& work) {
  out_.clear();
  auto parts = kept_parts{context_.settings.writer.group_bytes_max};
  auto done = run_statements(*work, work->reply.is_stream() ? &parts : nullptr);
  if (!done)
    return std::unexpected{std::move(done.error())};
  if (auto fits = check_reply_size(context_, out_.size()); !fits)
    return std::unexpected{std::move(fits.error())};
  const auto& execution = done->execution;
  auto result = pending_reply{
      work, {std::move(parts.parts), out_.take()}, execution.changed_db, false};
  result.failure = std::move(done->failure);
  const auto& identity = work->identity;
  if (identity.has_value() && execution.wrote && !result.failure) {
    if (auto remembered = remember(*work, *identity, result.reply); !remembered)
      return std::unexpected{std::move(remembered.error())};
    result.changed_db = true;
  }
  return result;
}

codec::result<void>
write_group::remember(const job& work,
                      const storage::request_identity& identity,
                      const write_reply& reply) {
  auto text = to_text(reply);
  if (is_sealed(work))
    text = context_.accounts.seal.seal(text, work.account->digest);
  return replies_.remember(identity, text, storage::process_clock::now());
}

storage::execution_limits write_group::limits_of(const job& work) const {
  return {.until = std::min(work.until, yields_at_),
          .reply_bytes_max = context_.replies.sink.body_bytes_max(),
          .commit_number = 0,
          .stream = nullptr,
          .part_bytes = context_.settings.stream.part_bytes,
          .only_deletions = only_deletions_};
}

codec::result<write_group::statements_result>
write_group::run_statements(const job& work, storage::row_stream* stream) {
  auto limits = limits_of(work);
  limits.stream = stream;
  const auto as_result = [](codec::result<storage::execution> done)
      -> codec::result<statements_result> {
    if (!done)
      return std::unexpected{std::move(done.error())};
    return statements_result{*done};
  };
  if (const auto* query = std::get_if<codec::query_request>(&work.body))
    return as_result(executor_.run_query(*query, limits, out_));
  if (const auto* script = std::get_if<codec::exec_request>(&work.body))
    return as_result(executor_.run_script(*script, limits, out_));
  if (std::holds_alternative<services::service_request>(work.body))
    return run_service(work, limits);
  if (std::holds_alternative<services::list_migrations>(work.body))
    return as_result(storage::list_migrations(*connection_, limits, out_));
  return codec::fail(error_code::internal,
                     "a request for the catalogue reached a database's writer");
}

codec::result<write_group::statements_result>
write_group::run_service(const job& work,
                         const storage::execution_limits& limits) {
  const auto& request = std::get<services::service_request>(work.body);
  const auto tokens = token_maker{
      context_.accounts, database_->name,
      work.account ? std::string_view{work.account->refresh_token} : ""};
  auto plan = service_plan{*connection_, request, limits, out_, &tokens};
  auto done = plan.run();
  if (!done)
    return std::unexpected{std::move(done.error())};
  const auto& failure = plan.kept_failure();
  if (failure.has_value())
    // Of a kind that somebody may want to look into.
    spdlog::warn("database {}: {}", database_->name, failure->message);
  return statements_result{*done, failure};
}

void write_group::commit() {
  if (!connection_->in_transaction()) {
    context_.replies.sink.flush();
    return;
  }
  // Who waits for it has been told.
  std::ignore = finish_group(false);
}

codec::result<void> write_group::finish_group(bool has_migrated) {
  const auto changed_db
      = has_migrated
        || std::ranges::any_of(pending_, &pending_reply::changed_db);
  auto committed = forget_expired_replies();
  if (committed)
    committed = transaction_.commit(changed_db);
  if (!committed) {
    log_failed_commit(committed.error());
    transaction_.roll_back();
    // The WAL may have become shorter.
    watch_.settle();
    if (connection_->may_come_back())
      fail_committed(committed.error());
    else
      fail_all(committed.error());
    judge(committed.error());
    relieve_disk(committed.error());
    return committed;
  }
  if (auto there = check_files(); !there) {
    fail_committed(there.error());
    return there;
  }
  database_->commit_number.store(transaction_.commit_number(),
                                 std::memory_order_release);
  answer_all();
  checkpoint_if_due();
  return {};
}

codec::result<void> write_group::forget_expired_replies() {
  const auto now = storage::process_clock::now();
  if (!replies_.is_due(now))
    return {};
  if (auto forgotten = replies_.forget_expired(now); !forgotten)
    return std::unexpected{std::move(forgotten.error())};
  return {};
}

void write_group::answer_all() {
  const auto bookmark
      = codec::format_bookmark(transaction_.commit_number(), database_->uuid);
  context_.replies.counters.count_commit(pending_.size());
  for (auto& reply : pending_)
    if (reply.failure)
      reply.work->reply.fail(*reply.failure);
    else
      reply.reply.send(reply.work->reply, {.bookmark = bookmark,
                                           .is_replayed = reply.is_replayed});
  pending_.clear();
  context_.replies.sink.flush();
}

void write_group::close() {
  commit();
  look({});
  if (loss_)
    return;
  if (auto done
      = connection_->checkpoint(storage::connection::checkpoint_mode::truncate,
                                checkpoint_pace::forced_wait);
      !done)
    spdlog::warn("database {}: the WAL stays, its checkpoint failed: {}",
                 database_->name, done.error().message);
}

} // namespace sluice::actors
