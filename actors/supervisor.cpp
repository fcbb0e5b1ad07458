#include "actors/supervisor.hpp"

#include "actors/account_worker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sluice::actors {

namespace {

/// A reader or a worker dies only of a defect or for lack of memory. So many
/// are replaced in a server's life before it is better to start over.
constexpr auto replacements_max = std::size_t{100};

} // namespace

supervisor::supervisor(supervisor_actor::pointer self) noexcept : self_{self} {
  // nop
}

void supervisor::start(const supervisor_options& options) {
  options_ = std::make_unique<supervisor_options>(options);
  catalog_ = self_->spawn<caf::detached + caf::monitored>(make_catalog,
                                                          options.catalog);
  for (auto i = std::size_t{0}; i < options.readers; ++i) {
    readers_.push_back(spawn_reader(i));
    options.catalog.context.queue.add_reader(readers_.back());
  }
  options.catalog.context.queue.be_watched_by(supervisor_actor{self_});
  auto& accounts = options.catalog.context.accounts;
  add_workers(accounts.hashing, accounts.settings.hashers_count);
  if (accounts.needs_checker())
    add_workers(accounts.checking, 1);
  options.on_catalog(catalog_);
}

void supervisor::add_workers(account_queue& queue, std::size_t count) {
  for (auto i = std::size_t{0}; i < count; ++i) {
    workers_.push_back({&queue, i, spawn_worker(queue, i)});
    queue.add_worker(workers_.back().address);
  }
}

account_worker_actor supervisor::spawn_worker(account_queue& queue,
                                              std::size_t index) {
  const auto options = account_worker_options{
      .context = options_->catalog.context, .queue = queue, .index = index};
  return self_->spawn<caf::detached + caf::monitored>(make_account_worker,
                                                      options, catalog_);
}

reader_actor supervisor::spawn_reader(std::size_t index) {
  const auto& context = options_->catalog.context;
  const auto options = reader_options{
      .context = context,
      .index = index,
      .connection
      = connection_options_of(context.settings, storage::access::reader),
      .cache_bytes_max = context.settings.readers.cache_bytes_max
                         / std::max<std::size_t>(options_->readers, 1)};
  return self_->spawn<caf::detached + caf::monitored>(make_reader, options,
                                                      catalog_);
}

void supervisor::actor_died(const caf::down_msg& down) {
  if (is_shutting_)
    return;
  if (catalog_ && catalog_.address() == down.source) {
    options_->on_fatal("the catalog died");
    return;
  }
  const auto is_it = [&down](const auto& actor) {
    return actor && actor.address() == down.source;
  };
  const auto reader = std::ranges::find_if(readers_, is_it);
  if (reader != readers_.end()) {
    replace_reader(*reader);
    return;
  }
  const auto worker
      = std::ranges::find_if(workers_, is_it, &worker_place::address);
  if (worker != workers_.end())
    replace_worker(*worker);
}

bool supervisor::may_replace() {
  if (++replacements_ <= replacements_max)
    return true;
  options_->on_fatal("readers or hashers die again and again");
  return false;
}

void supervisor::replace_reader(reader_actor& dead) {
  if (!may_replace())
    return;
  spdlog::error("a reader died and is replaced");
  const auto index = static_cast<std::size_t>(&dead - readers_.data());
  dead = spawn_reader(index);
  options_->catalog.context.queue.replace_reader(index, dead);
}

void supervisor::tick() {
  if (is_shutting_)
    return;
  auto& queue = options_->catalog.context.queue;
  const auto found = queue.look(read_queue::clock::now());
  for (const auto index : found.wanted)
    add_reader(index);
  for (const auto index : found.ended)
    self_->send_exit(std::exchange(readers_[index], nullptr),
                     caf::exit_reason::user_shutdown);
  for (const auto& work : found.to_probe)
    probe(*work);
  answer_late(found);
  for (const auto& uuid : found.not_forgotten)
    self_->send(catalog_, forgot_atom::value, uuid);
  if (found.is_hopeless) {
    options_->on_fatal("too many reads hang past their deadlines");
    return;
  }
  if (found.is_busy)
    self_->delayed_send(self_, queue.look_interval(), tick_atom::value);
}

/// Without it the others have more to do, until the next look.
void supervisor::add_reader(std::size_t index) {
  try {
    if (index >= readers_.size())
      readers_.resize(index + 1);
    readers_[index] = spawn_reader(index);
    options_->catalog.context.queue.enlist(index, readers_[index]);
  } catch (const std::exception& problem) {
    if (const auto others = no_reader_lines_.pass())
      spdlog::error("a thread for reads cannot be made, and {} before it: {}",
                    *others, problem.what());
  }
}

/// Ends a read that nobody waits for.
void supervisor::probe(job& work) {
  if (work.probe && work.probe->is_gone()) {
    work.cancelled.ask(cancel_reason::gone);
    return;
  }
  const auto now = read_queue::clock::now();
  if (now < work.next_probe)
    return;
  work.next_probe = now + std::chrono::milliseconds{1'000};
  auto& sink = options_->catalog.context.replies.sink;
  if (!work.probe)
    work.probe = sink.watch();
  work.reply.send_heartbeat(sink, *work.probe);
  sink.flush();
}

void supervisor::answer_late(const read_queue::findings& found) {
  for (const auto& work : found.hung) {
    spdlog::error("a read of database {} hangs past its deadline; its thread "
                  "is given up, and another one takes its place",
                  work->database);
    work->reply.fail_from_outside(
        {codec::error_code::timeout,
         "the deadline passed, and the statement does not end: it was not "
         "interrupted in time; it changes nothing"});
  }
  for (const auto& work : found.expired)
    work->reply.fail(late_in_queue());
  for (const auto& work : found.refused)
    work->reply.fail(read_queue::hanging(*work));
  if (!found.hung.empty() || !found.expired.empty() || !found.refused.empty())
    options_->catalog.context.replies.sink.flush();
}

void supervisor::replace_worker(worker_place& dead) {
  if (!may_replace())
    return;
  spdlog::error("a hasher died and is replaced");
  dead.address = spawn_worker(*dead.queue, dead.index);
  dead.queue->replace_worker(dead.index, dead.address);
}

caf::result<bool> supervisor::shut() {
  auto promise = self_->make_response_promise<bool>();
  shut_promises_.push_back(promise);
  if (std::exchange(is_shutting_, true))
    return promise;
  const auto drain_ms
      = options_->catalog.context.settings.shutdown.drain_ms_max;
  // Writers first: until they have ended, readers may still be needed for what
  // was accepted.
  self_
      ->request(catalog_, std::chrono::milliseconds{drain_ms}, shut_atom::value)
      .then([this](bool is_clean) { finish_shutting(is_clean); },
            [this](const caf::error&) { finish_shutting(false); });
  return promise;
}

void supervisor::finish_shutting(bool is_clean) {
  if (!is_clean)
    spdlog::error("some databases are not closed in time; what was "
                  "acknowledged is in their WAL");
  options_->catalog.context.databases.stop_waiting();
  options_->catalog.context.queue.close();
  auto& accounts = options_->catalog.context.accounts;
  accounts.hashing.close();
  accounts.checking.close();
  for (const auto& reader : readers_)
    if (reader)
      self_->send_exit(reader, caf::exit_reason::user_shutdown);
  for (const auto& worker : workers_)
    self_->send_exit(worker.address, caf::exit_reason::user_shutdown);
  self_->send_exit(catalog_, caf::exit_reason::user_shutdown);
  // No address may outlive this, or the actor system waits for its actor.
  readers_.clear();
  workers_.clear();
  catalog_ = nullptr;
  options_.reset();
  for (auto& promise : std::exchange(shut_promises_, {}))
    promise.deliver(is_clean);
  self_->quit();
}

supervisor_actor::behavior_type
make_supervisor(supervisor_actor::stateful_pointer<supervisor> self,
                const supervisor_options& options) {
  self->set_down_handler(
      [self](const caf::down_msg& down) { self->state.actor_died(down); });
  self->state.start(options);
  return {
      [self](tick_atom) { self->state.tick(); },
      [self](shut_atom) { return self->state.shut(); },
  };
}

} // namespace sluice::actors
