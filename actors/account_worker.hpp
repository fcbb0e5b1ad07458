#pragma once

#include "actors/account_flow.hpp"
#include "actors/account_queue.hpp"
#include "actors/interfaces.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice::actors {

/// What a worker is born with.
struct account_worker_options {
  serving_context context;
  /// Outlives it.
  account_queue& queue;
  /// Its index there.
  std::size_t index = 0;
};

/// The state of a worker: takes requests from its queue, hashes or checks what
/// they wait for, and hands them on.
class account_worker {
public:
  explicit account_worker(account_worker_actor::pointer self) noexcept;

  static inline const char* name = "account_worker";

  void start(const account_worker_options& options,
             const catalog_actor& catalog);
  void work();
  void release(std::uint64_t number);

private:
  account_worker_actor::pointer self_;
  std::unique_ptr<account_worker_options> options_;
  std::unique_ptr<account_flow> flow_;
};

/// Spawn it detached: what it does takes long.
account_worker_actor::behavior_type
make_account_worker(account_worker_actor::stateful_pointer<account_worker> self,
                    const account_worker_options& options,
                    const catalog_actor& catalog);

} // namespace sluice::actors
