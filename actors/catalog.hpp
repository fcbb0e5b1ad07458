#pragma once

#include "actors/database_writer.hpp"
#include "actors/interfaces.hpp"
#include "actors/serving_context.hpp"
#include "storage/catalogue.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::actors {

/// What the catalog is born with.
struct catalog_options {
  serving_context context;
  /// Opened before the actor is born, so that a broken catalogue is reported
  /// at the start. The actor is its owner.
  std::shared_ptr<storage::catalogue> store;
};

/// The state of the catalog: creates, describes, lists and deletes databases;
/// opens a database's writer on the first request and closes it when it is
/// idle or when others need its place.
///
/// A database is in one of these states: closed (not in `entries_`); open
/// (its writer takes requests, and is in `open_databases`); closing (its
/// writer has been told to shut; requests wait in `parked_`); deleting (as
/// closing, and the files go when the writer and every reader let go);
/// quarantined (in `open_databases` without a writer: reads are served where
/// SQLite can, writes are refused); trying (a quarantined one is opened again,
/// for which every reader lets go first; reads wait in `parked_`).
class catalog {
public:
  explicit catalog(catalog_actor::pointer self) noexcept;
  catalog(const catalog&) = delete;
  catalog& operator=(const catalog&) = delete;
  ~catalog();

  static inline const char* name = "catalog";

  void start(const catalog_options& options);
  void accept(job_ptr work);
  void writer_closed(const std::string& uuid, bool was_open);
  void reader_forgot(const std::string& uuid);
  void writer_broke(const std::string& uuid, const std::string& cause);
  void writer_opened(const std::string& uuid);
  void writer_died(const caf::actor_addr& writer);
  /// Closes what nobody uses, looks after files, tries quarantined ones again.
  void tick();
  caf::result<bool> shut();

private:
  enum class stage : std::uint8_t {
    open,
    closing,    ///< The writer has been told to shut.
    forgetting, ///< The writer is gone, readers close their connections.
    quarantined,
    trying,
  };
  /// A database that is not written to, and when it is tried again.
  struct trials {
    quarantine why;
    file_trial known;
    /// What its files looked like when they were tried last.
    std::string looks;
    std::uint32_t count = 0;
    std::int64_t next_ms = 0;
    /// When it is tried although nobody has touched its files.
    std::int64_t next_unchanged_ms = 0;
  };
  struct entry {
    open_database_ptr database;
    catalog::stage stage = catalog::stage::open;
    /// The files go once nobody has them open.
    bool is_deleted = false;
    std::size_t readers_left = 0;
    /// Quarantined: with the writer that has not closed the file yet.
    open_database_ptr leaving;
    /// Quarantined or trying.
    std::unique_ptr<trials> trial;
  };

  /// @return `not_found` where nothing was found.
  [[nodiscard]] static codec::result<storage::database_record>
  existing(codec::result<std::optional<storage::database_record>> found,
           const std::string& name_or_uuid);
  [[nodiscard]] static bool must_wait(const entry& found,
                                      const job& work) noexcept;
  void serve_database(job_ptr work);
  [[nodiscard]] codec::result<void>
  open(const storage::database_record& record);
  [[nodiscard]] open_database_ptr
  spawn_writer(const std::string& uuid, const std::string& database_name,
               const std::optional<file_trial>& trial);
  [[nodiscard]] std::size_t places_taken() const;
  [[nodiscard]] bool make_room(const std::string& uuid);
  void begin_closing(entry& closing);
  void resume_parked();
  void close_idle();
  void look_after_files();
  void quarantine_database(entry& broken, const std::string& cause);
  void word_quarantine(trials& about, const std::string& cause) const;
  void end_quarantine(entry& ending);
  void try_again(entry& quarantined);
  void begin_trial(entry& quarantined);
  void open_trial(entry& trying);
  [[nodiscard]] bool is_readable(const open_database& database) const;
  void create(job& work, const services::create_database& request);
  void describe(job& work, const services::get_database& request);
  void list(job& work, const services::list_databases& request);
  void remove(job& work, const services::delete_database& request);
  /// Closes a database that is deleted, if it is open anywhere.
  void let_go(const std::string& uuid, const std::string& database_name);
  void forget_deleted(entry& deleted);
  void remove_files(const std::string& uuid);
  [[nodiscard]] services::database_description
  description(const storage::database_record& record) const;
  void finish_shutting();

  catalog_actor::pointer self_;
  std::unique_ptr<catalog_options> options_;
  /// By uuid: every database that is not closed.
  std::map<std::string, entry> entries_;
  /// Requests for databases that are closing, or that have no place yet.
  /// Bounded by the admission.
  std::deque<job_ptr> parked_;
  /// By uuid: databases with parked requests that have no place yet.
  std::set<std::string> waiting_;
  /// What was logged last about the catalogue's own file.
  std::string catalogue_problem_;
  bool is_shutting_ = false;
  std::vector<caf::typed_response_promise<bool>> shut_promises_;
};

/// Spawn it detached: it waits for the disk.
catalog_actor::behavior_type
make_catalog(catalog_actor::stateful_pointer<catalog> self,
             const catalog_options& options);

} // namespace sluice::actors
