#pragma once

#include "actors/interfaces.hpp"
#include "actors/serving_context.hpp"
#include "actors/write_group.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::actors {

/// What is known of a quarantined database whose file is tried again.
struct file_trial {
  /// The last commit that was acknowledged.
  std::uint64_t commit_min = 0;
  /// The file and the WAL that were open last; 0: not known.
  std::uint64_t file_number = 0;
  std::uint64_t wal_number = 0;
};

/// What a writer is born with.
struct writer_options {
  serving_context context;
  open_database_ptr database;
  /// The catalog, which is told when the file is closed; nobody in tests.
  catalog_actor catalog;
  storage::connection_options connection;
  /// Set for a database that was quarantined: it is looked at before anything
  /// is written.
  std::optional<file_trial> trial = {};
};

/// The state of a writer. Opens the file when it is born, on its own thread,
/// and lives until it is told to shut.
///
/// It takes its requests from the database's queue, one with each message to
/// itself, so that other messages have their turn.
///
/// Where the file turns out to be broken or gone, it tells the catalog, saves
/// what can be saved, closes, and refuses what is still in its queue.
class database_writer {
public:
  explicit database_writer(writer_actor::pointer self) noexcept;

  static inline const char* name = "database_writer";

  void open(const writer_options& options);
  void work();
  void commit();
  void look(const std::string& damage);
  void shut();

private:
  [[nodiscard]] codec::result<std::unique_ptr<write_group>> try_open() const;
  void accept(job_ptr work);
  void begin_turn();
  void measure_memory();
  void refuse(job_ptr work);
  void break_off_if_lost();
  void save();
  void refuse_for(const std::string& cause);
  void tell_broken(const std::string& cause);
  void finish();

  writer_actor::pointer self_;
  std::unique_ptr<writer_options> options_;
  std::unique_ptr<write_group> group_;
  /// Why the file is not open, or not written to.
  codec::error failure_;
  /// What the catalog was told last of saving the file.
  std::string told_cause_;
  /// How many requests the open group still takes: what was queued when it
  /// began.
  std::size_t left_ = 0;
  std::int64_t measured_ms_ = 0;
  /// It could not open the file, and what waits is not its any more.
  bool is_starved_ = false;
  /// The catalog was told that the file is broken.
  bool is_broken_ = false;
  bool is_told_to_shut_ = false;
  /// The catalog knows already that the file is closed.
  bool has_told_closed_ = false;
};

/// Spawn it detached: it waits for the disk.
writer_actor::behavior_type
make_database_writer(writer_actor::stateful_pointer<database_writer> self,
                     const writer_options& options);

} // namespace sluice::actors
