#pragma once

#include "actors/database_writer.hpp"
#include "actors/reader.hpp"
#include "tests/actors/serving_fixture.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::tests {

/// What a catalog was told.
struct catalog_log {
  std::vector<std::pair<std::string, bool>> closed;
  std::vector<std::pair<std::string, std::string>> broken;
  std::vector<std::string> forgot;
  std::vector<actors::job_ptr> jobs;
  int wanted = 0;
};

/// Runs actors one message at a time on the test's own thread, with a catalog
/// that only keeps what it is told.
class deterministic_system : public serving_fixture {
public:
  deterministic_system();
  ~deterministic_system();

  /// Handles every message, and those that follow from them.
  void run() {
    scheduler().run();
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }
  caf::actor_system& system() {
    return system_;
  }

  /// Opens a database: its writer's file is opened with the next `run`.
  actors::open_database_ptr open(const std::string& uuid,
                                 const std::string& name = "app",
                                 const std::string& vfs = {});
  /// Tells a database's writer to shut, and runs.
  void shut(const actors::open_database_ptr& database);

  /// Adds a reader to the queue.
  actors::reader_actor add_reader();

  const actors::catalog_actor& catalog() const noexcept {
    return catalog_;
  }

  /// Has the writer run one statement that must succeed.
  void must_write(const actors::open_database_ptr& database,
                  const std::string& sql);
  void send(const actors::open_database_ptr& database, actors::job_ptr work) {
    work->target = database;
    if (database->requests.push(std::move(work)))
      caf::anon_send(database->writer, actors::work_atom::value);
  }

  catalog_log told;

private:
  struct config_type : caf::actor_system_config {
    config_type() {
      add_message_types<caf::id_block::sluice_messages>();
      set("scheduler.policy", caf::atom("testing"));
    }
  };
  config_type config_;
  caf::actor_system system_{config_};
  actors::catalog_actor catalog_;
  std::vector<actors::open_database_ptr> opened_;
  std::vector<actors::reader_actor> readers_;
  std::size_t writes_ = 0;
};

inline constexpr auto uuid_a = "0f8fad5b-d9cb-469f-a165-70867728950e";
inline constexpr auto uuid_b = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

} // namespace sluice::tests
