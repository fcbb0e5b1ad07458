#include "actors/account_worker.hpp"

#include <utility>

namespace sluice::actors {

account_worker::account_worker(account_worker_actor::pointer self) noexcept
    : self_{self} {
  // nop
}

void account_worker::start(const account_worker_options& options,
                           const catalog_actor& catalog) {
  options_ = std::make_unique<account_worker_options>(options);
  flow_ = std::make_unique<account_flow>(options.context, catalog);
}

/// One request for one message: those that are held back and are due come in
/// between.
void account_worker::work() {
  auto& queue = options_->queue;
  auto next = queue.pop(options_->index);
  if (!next)
    return;
  self_->send(self_, work_atom::value);
  const auto delay = flow_->run(next);
  if (delay > std::chrono::milliseconds{0})
    if (const auto number = queue.hold(std::move(next), delay); number != 0)
      self_->delayed_send(self_, delay, release_atom::value, number);
  options_->context.replies.sink.flush();
}

void account_worker::release(std::uint64_t number) {
  if (auto held = options_->queue.release(number))
    flow_->go_on(std::move(held));
  options_->context.replies.sink.flush();
}

account_worker_actor::behavior_type
make_account_worker(account_worker_actor::stateful_pointer<account_worker> self,
                    const account_worker_options& options,
                    const catalog_actor& catalog) {
  self->state.start(options, catalog);
  return {
      [self](work_atom) { self->state.work(); },
      [self](release_atom, std::uint64_t number) {
        self->state.release(number);
      },
  };
}

} // namespace sluice::actors
