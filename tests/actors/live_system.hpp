#pragma once

#include "actors/supervisor.hpp"
#include "tests/actors/serving_fixture.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::tests {

/// Waits until something holds; fails the test if it does not come to be.
void eventually(const std::function<bool()>& holds);

/// A reader that takes nothing and only keeps what it was told. Any thread.
class listening_reader {
public:
  explicit listening_reader(caf::actor_system& system);
  ~listening_reader();
  listening_reader(const listening_reader&) = delete;
  listening_reader& operator=(const listening_reader&) = delete;

  [[nodiscard]] bool was_told_to_forget(const std::string& uuid) const;
  [[nodiscard]] actors::reader_actor address() const {
    return address_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> forgetting_;
  actors::reader_actor address_;
};

/// The supervisor with its catalog and readers on threads of their own, as in
/// a server, but without NATS.
class live_system : public serving_fixture {
public:
  live_system() = default;
  ~live_system();

  /// Starts the actors; settings must be made before.
  void start(std::size_t readers);
  /// Shuts everything down and waits for it.
  /// @param before_threads called when the shutdown has been answered, before
  ///   this waits for all threads.
  /// @return whether all files were closed in time.
  bool stop(const std::function<void()>& before_threads = {});

  /// Hands a request over as ingress does.
  void dispatch(actors::job_ptr work);

  /// A request of the catalogue, and its reply.
  recorded_reply ask(actors::job_body body);
  /// One statement for a database, and its reply.
  recorded_reply ask(const std::string& database, std::string sql,
                     actors::job_route route = actors::job_route::writer);
  /// The same, which must succeed.
  void must(const std::string& database, std::string sql);
  /// Sends a statement and does not wait. @return its subject.
  std::string start_query(std::string sql, const job_options& options);

  /// Creates a database. @return its uuid.
  std::string create(const std::string& name);

  caf::actor_system& system() {
    return *system_;
  }
  const actors::catalog_actor& catalog() const {
    return catalog_;
  }
  const actors::supervisor_actor& root() const {
    return root_;
  }
  [[nodiscard]] int fatal_reports() const {
    return fatal_reports_;
  }
  [[nodiscard]] bool file_exists(const std::string& uuid) const;

private:
  struct config_type : caf::actor_system_config {
    config_type() {
      add_message_types<caf::id_block::sluice_messages>();
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", std::size_t{1});
    }
  };
  std::string next_subject();

  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<int> fatal_reports_ = 0;
  std::unique_ptr<config_type> config_;
  std::unique_ptr<caf::actor_system> system_;
  actors::supervisor_actor root_;
  actors::catalog_actor catalog_;
};

} // namespace sluice::tests
