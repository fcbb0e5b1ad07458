#pragma once

#include "actors/account_queue.hpp"
#include "actors/catalog.hpp"
#include "actors/interfaces.hpp"
#include "actors/read_queue.hpp"
#include "actors/reader.hpp"
#include "messaging/rate_limit.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::actors {

/// What the supervisor is born with.
struct supervisor_options {
  catalog_options catalog;
  std::size_t readers = 1;
  /// Told once when the service cannot go on; must not throw.
  std::function<void(const std::string&)> on_fatal;
  /// Gets the catalog's address as soon as there is one.
  std::function<void(catalog_actor)> on_catalog;
};

/// The state of the supervisor.
class supervisor {
public:
  explicit supervisor(supervisor_actor::pointer self) noexcept;

  static inline const char* name = "supervisor";

  void start(const supervisor_options& options);
  void actor_died(const caf::down_msg& down);
  /// Looks after the reads that run, until there are none.
  void tick();
  caf::result<bool> shut();

private:
  /// Which of a queue's workers an actor is.
  struct worker_place {
    account_queue* queue = nullptr;
    std::size_t index = 0;
    account_worker_actor address;
  };
  [[nodiscard]] reader_actor spawn_reader(std::size_t index);
  void add_workers(account_queue& queue, std::size_t count);
  [[nodiscard]] account_worker_actor spawn_worker(account_queue& queue,
                                                  std::size_t index);
  [[nodiscard]] bool may_replace();
  void replace_reader(reader_actor& dead);
  void add_reader(std::size_t index);
  void probe(job& work);
  void answer_late(const read_queue::findings& found);
  void replace_worker(worker_place& dead);
  void finish_shutting(bool is_clean);

  supervisor_actor::pointer self_;
  std::unique_ptr<supervisor_options> options_;
  catalog_actor catalog_;
  std::vector<reader_actor> readers_;
  std::vector<worker_place> workers_;
  std::size_t replacements_ = 0;
  messaging::rate_limit no_reader_lines_{1};
  bool is_shutting_ = false;
  std::vector<caf::typed_response_promise<bool>> shut_promises_;
};

supervisor_actor::behavior_type
make_supervisor(supervisor_actor::stateful_pointer<supervisor> self,
                const supervisor_options& options);

} // namespace sluice::actors
