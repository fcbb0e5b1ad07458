#pragma once

#include "actors/interfaces.hpp"
#include "actors/serving_context.hpp"
#include "actors/write_group.hpp"

#include <memory>

namespace sluice::actors {

/// What a writer is born with.
struct writer_options {
  serving_context context;
  open_database_ptr database;
  /// The catalog, which is told when the file is closed; nobody in tests.
  catalog_actor catalog;
  storage::connection_options connection;
};

/// The state of a writer. Opens the file when it is born, on its own thread,
/// and lives until it is told to shut.
class database_writer {
public:
  explicit database_writer(writer_actor::pointer self) noexcept;

  static inline const char* name = "database_writer";

  void open(const writer_options& options);
  void accept(job_ptr work);
  void commit();
  void shut();

private:
  writer_actor::pointer self_;
  std::unique_ptr<writer_options> options_;
  std::unique_ptr<write_group> group_;
  /// Why the file is not open.
  codec::error failure_;
  bool commit_queued_ = false;
};

/// Spawn it detached: it waits for the disk.
writer_actor::behavior_type
make_database_writer(writer_actor::stateful_pointer<database_writer> self,
                     const writer_options& options);

} // namespace sluice::actors
