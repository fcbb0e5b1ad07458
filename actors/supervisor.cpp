#include "actors/supervisor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sluice::actors {

namespace {

/// A reader dies only of a defect or for lack of memory. So many are replaced
/// in a server's life before it is better to start over.
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
  options.on_catalog(catalog_);
}

reader_actor supervisor::spawn_reader(std::size_t index) {
  const auto& context = options_->catalog.context;
  const auto options
      = reader_options{.context = context,
                       .index = index,
                       .connection = connection_options_of(
                           context.settings, storage::access::reader)};
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
  const auto found
      = std::ranges::find_if(readers_, [&down](const auto& reader) {
          return reader.address() == down.source;
        });
  if (found == readers_.end())
    return;
  if (++replacements_ > replacements_max) {
    options_->on_fatal("readers die again and again");
    return;
  }
  spdlog::error("a reader died and is replaced");
  const auto index = static_cast<std::size_t>(found - readers_.begin());
  *found = spawn_reader(index);
  options_->catalog.context.queue.replace_reader(index, *found);
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
  for (const auto& reader : readers_)
    self_->send_exit(reader, caf::exit_reason::user_shutdown);
  self_->send_exit(catalog_, caf::exit_reason::user_shutdown);
  // No address may outlive this, or the actor system waits for its actor.
  readers_.clear();
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
      [self](shut_atom) { return self->state.shut(); },
  };
}

} // namespace sluice::actors
