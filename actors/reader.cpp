#include "actors/reader.hpp"

#include "actors/account_flow.hpp"
#include "actors/cancellable.hpp"
#include "actors/service_plan.hpp"
#include "actors/streamed_reply.hpp"
#include "messaging/thread_priority.hpp"
#include "storage/file_fault.hpp"
#include "storage/migration_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sluice::actors {

using codec::error_code;

namespace {

/// Reads that one message lets a reader take, so that it also sees the other
/// messages in its mailbox.
constexpr auto reads_per_turn_max = 256;

/// Replies, and their age, after which a reader sends what it has answered.
constexpr auto replies_per_flush = std::size_t{64};
constexpr auto flush_age_max = std::chrono::microseconds{1'000};

codec::error foreign_bookmark() {
  return {error_code::bad_request,
          "the bookmark in the header Sluice-Bookmark is not one of this "
          "database"};
}

/// Tells the queue that a reader's turn is over, also where an exception ends
/// the reader: or its last read would count for ever.
struct reading_turn {
  reading_turn(read_queue& queue_in, std::size_t index_in) noexcept
      : queue{queue_in}, index{index_in} {
    // nop
  }
  reading_turn(const reading_turn&) = delete;
  reading_turn& operator=(const reading_turn&) = delete;
  ~reading_turn() {
    queue.finish(index);
  }

  read_queue& queue;
  std::size_t index;
};

} // namespace

reader::reader(reader_actor::pointer self) noexcept : self_{self} {
  // nop
}

void reader::start(const reader_options& options, catalog_actor catalog) {
  options_ = std::make_unique<reader_options>(options);
  cache_ = std::make_unique<connection_cache>(
      options.context,
      connection_cache::options{.connection = options.connection,
                                .bytes_max = options.cache_bytes_max});
  catalog_ = std::move(catalog);
}

void reader::work() {
  auto& queue = options_->context.queue;
  const auto turn = reading_turn{queue, options_->index};
  now_ = clock::now();
  if (!std::exchange(is_thread_known_, true))
    queue.know_thread(options_->index, messaging::thread_number());
  for (auto i = 0; i < reads_per_turn_max; ++i) {
    auto next = queue.pop(options_->index, now_);
    if (!next) {
      options_->context.replies.sink.flush();
      unflushed_ = 0;
      // Another reader serves its databases.
      if (!queue.is_in_pool(options_->index))
        cache_->clear();
      return;
    }
    serve(std::move(next));
    now_ = clock::now();
    flush_if_due();
  }
  self_->send(self_, work_atom::value);
}

void reader::flush_if_due() {
  if (unflushed_ == 0)
    unflushed_since_ = now_;
  ++unflushed_;
  if (unflushed_ < replies_per_flush && now_ - unflushed_since_ < flush_age_max)
    return;
  options_->context.replies.sink.flush();
  unflushed_ = 0;
}

void reader::serve(job_ptr work) {
  const auto& database = *work->target;
  if (auto allowed = check(*work); !allowed) {
    work->reply.fail(allowed.error());
    return;
  }
  // A lower bound of what the read sees: it begins after this commit.
  const auto commit = database.commit_number.load(std::memory_order_acquire);
  if (work->constraint.commit_min > commit) {
    // A dump is no work for the writer, and no reply names a commit before it
    // is done.
    if (std::holds_alternative<services::dump_database>(work->body))
      work->reply.fail(foreign_bookmark());
    else
      pass_to_writer(std::move(work));
    return;
  }
  if (std::holds_alternative<services::dump_database>(work->body))
    serve_dump(std::move(work));
  else if (can_serve(*work))
    serve_read(std::move(work), commit);
  else
    pass_to_writer(std::move(work));
}

void reader::fail(job_ptr work, const codec::error& cause) {
  const auto database = work->target;
  if (cause.code == error_code::timeout
      && work->cancelled.reason() == cancel_reason::crowded
      && work->reply.parts_sent() == 0)
    put_back(std::move(work));
  else
    work->reply.fail(as_cancelled(*work, cause));
  judge(database, cause);
}

/// There was no thread for a long read: it waits until there is one, and begins
/// again.
void reader::put_back(job_ptr work) {
  options_->context.queue.let_go(options_->index);
  work->cancelled.forget();
  work->takes_turns.store(false);
  options_->context.queue.put_back(std::move(work));
}

void reader::serve_read(job_ptr work, std::uint64_t commit) {
  const auto& database = *work->target;
  const auto kept = kept_key(*work, commit);
  if (kept && answer_from_cache(*work, *kept))
    return;
  auto cached = cache_->connect(database);
  if (!cached) {
    work->reply.fail(cached.error());
    options_->context.databases.report_damage(work->target, cached.error());
    return;
  }
  auto parts = sent_parts{options_->context, *work};
  // Ends before the connection does, which a broken file takes along.
  auto guard
      = std::optional<cancellable>{std::in_place, *(*cached)->connection, *work,
                                   &options_->context.queue.turns()};
  const auto limits = storage::execution_limits{
      .until = work->until,
      .reply_bytes_max = options_->context.replies.sink.body_bytes_max(),
      .commit_number = commit,
      .stream = work->reply.is_stream() ? &parts : nullptr,
      .part_bytes = options_->context.settings.stream.part_bytes};
  if (waits_for_lookup(*work)) {
    const auto target = work->target;
    options_->context.queue.let_go(options_->index);
    auto done
        = look_up_account(*(*cached)->connection, options_->context.accounts,
                          std::move(work), limits);
    guard.reset();
    if (!done)
      judge(target, done.error());
    return;
  }
  auto done = run_body(**cached, *work, limits);
  guard.reset();
  cache_->after_use();
  if (!done) {
    fail(std::move(work), done.error());
    return;
  }
  if (kept)
    options_->context.results.keep(*kept, out_.view(), clock::now());
  answer(std::move(work), *done, commit);
}

/// What a failure says of the file.
void reader::judge(const open_database_ptr& database,
                   const codec::error& failure) {
  // A connection that met a broken file is not kept.
  if (failure.code == error_code::storage)
    cache_->close_last();
  if (storage::is_damage(failure))
    options_->context.databases.report_damage(database, failure);
}

std::optional<result_cache::key> reader::kept_key(const job& work,
                                                  std::uint64_t commit) {
  const auto* request = std::get_if<services::service_request>(&work.body);
  return request != nullptr
             ? result_cache::key_of(*request, work.target->uuid, commit)
             : std::nullopt;
}

bool reader::answer_from_cache(job& work, const result_cache::key& kept) {
  const auto body = options_->context.results.find(kept, clock::now());
  if (!body)
    return false;
  work.reply.succeed(*body, {.bookmark = codec::format_bookmark(
                                 kept.commit_number, work.target->uuid)});
  return true;
}

bool reader::can_serve(const job& work) noexcept {
  if (std::holds_alternative<services::service_request>(work.body))
    return work.target->has_schema.load(std::memory_order_acquire);
  return std::holds_alternative<codec::query_request>(work.body)
         || std::holds_alternative<services::list_migrations>(work.body);
}

codec::result<storage::execution>
reader::run_body(connection_cache::entry& on, const job& work,
                 const storage::execution_limits& limits) {
  out_.clear();
  if (const auto* request = std::get_if<services::service_request>(&work.body))
    return service_plan{*on.connection, *request, limits, out_}.run();
  if (std::holds_alternative<services::list_migrations>(work.body))
    return storage::list_migrations(*on.connection, limits, out_);
  return on.executor->run_query(std::get<codec::query_request>(work.body),
                                limits, out_);
}

void reader::answer(job_ptr work, const storage::execution& done,
                    std::uint64_t commit) {
  if (done.needs_writer && work->reply.parts_sent() > 0) {
    work->reply.fail({error_code::bad_request,
                      "a streamed batch that begins with reads must not write; "
                      "nothing was changed"});
    return;
  }
  if (done.needs_writer) {
    pass_to_writer(std::move(work));
    return;
  }
  if (auto fits = check_reply_size(options_->context, out_.view().size());
      !fits) {
    work->reply.fail(fits.error());
    return;
  }
  work->reply.succeed(out_.view(), {.bookmark = codec::format_bookmark(
                                        commit, work->target->uuid)});
}

void reader::serve_dump(job_ptr work) {
  const auto& database = *work->target;
  auto cached = cache_->connect(database);
  if (!cached) {
    work->reply.fail(cached.error());
    options_->context.databases.report_damage(work->target, cached.error());
    return;
  }
  auto dump = storage::database_dump::take(
      *(*cached)->connection, options_->context.directory,
      {.until = work->until,
       .bytes_max = options_->context.settings.limits.dump_bytes_max,
       .copies_bytes_max
       = options_->context.settings.limits.dump_copies_bytes_max,
       .is_cancelled = work->cancelled.flag(),
       .room_left_bytes = options_->context.directory.room().free_bytes_min()});
  if (!dump) {
    fail(std::move(work), dump.error());
    return;
  }
  if (auto sent = send_dump(*work, *dump); !sent) {
    fail(std::move(work), sent.error());
    return;
  }
  work->reply.succeed(services::encode_dumped(dump->size_bytes()),
                      {.bookmark = codec::format_bookmark(dump->commit_number(),
                                                          database.uuid)});
}

codec::result<void> reader::send_dump(job& work, storage::database_dump& dump) {
  auto parts = sent_parts{options_->context, work};
  auto part = std::string(
      std::min<std::size_t>(options_->context.settings.stream.part_bytes,
                            options_->context.replies.sink.body_bytes_max()),
      '\0');
  while (true) {
    auto bytes = dump.read(part);
    if (!bytes)
      return std::unexpected{std::move(bytes.error())};
    if (*bytes == 0)
      return {};
    if (clock::now() >= work.until)
      return codec::fail(error_code::timeout,
                         "the deadline passed while the dump was sent");
    if (auto sent = parts.take(std::string_view{part}.substr(0, *bytes)); !sent)
      return sent;
  }
}

codec::result<void> reader::check(const job& work) const {
  if (now_ >= work.until)
    return std::unexpected{late_in_queue()};
  const auto& uuid = work.constraint.database_uuid;
  if (!uuid.empty() && uuid != work.target->uuid)
    return std::unexpected{foreign_bookmark()};
  return check_room_for_reply(work.reply);
}

void reader::pass_to_writer(job_ptr work) {
  options_->context.queue.let_go(options_->index);
  work->route = job_route::writer;
  options_->context.databases.pass_to_writer(std::move(work), catalog_);
}

void reader::forget(const std::string& uuid) {
  cache_->forget(uuid);
  const auto is_awaited
      = options_->context.queue.did_forget(options_->index, uuid);
  if (catalog_ && is_awaited)
    self_->send(catalog_, forgot_atom::value, uuid);
}

reader_actor::behavior_type
make_reader(reader_actor::stateful_pointer<reader> self,
            const reader_options& options, const catalog_actor& catalog) {
  self->state.start(options, catalog);
  return {
      [self](work_atom) { self->state.work(); },
      [self](forget_atom, const std::string& uuid) {
        self->state.forget(uuid);
      },
  };
}

} // namespace sluice::actors
