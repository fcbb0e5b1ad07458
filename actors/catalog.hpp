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

/// Has `open_databases` know what is in the catalogue. Before requests come.
[[nodiscard]] codec::result<void> learn_databases(open_databases& databases,
                                                  storage::catalogue& store);

/// The state of the catalog: creates, describes, lists and deletes databases;
/// opens a database's writer on the first request and closes it when it is
/// idle or when others need its place.
///
/// A database is in one of these states: closed (not in `entries_`); waiting
/// (requests have come, and there is no place for it yet); open (its writer
/// takes requests); closing (its writer has been told to shut; what comes
/// meanwhile waits in a new `open_database`, the entry's `next`); deleting (as
/// closing, and the files go when the writer and every reader let go);
/// quarantined (in `open_databases` without a writer: reads are served where
/// SQLite can, writes are refused); trying (a quarantined one is opened again,
/// for which every reader lets go first; reads wait).
///
/// Places go to who has waited longest. Who makes room: the database that was
/// used longest ago of those that nobody has a request at; where there is none,
/// and somebody has waited for a turn, the one that has been open longest.
class catalog {
public:
  explicit catalog(catalog_actor::pointer self) noexcept;
  catalog(const catalog&) = delete;
  catalog& operator=(const catalog&) = delete;
  ~catalog();

  static inline const char* name = "catalog";

  void start(const catalog_options& options);
  void accept(job_ptr work);
  void open_wanted();
  void writer_failed(const std::string& uuid, const std::string& cause);
  void writer_closed(const std::string& uuid, bool was_open);
  void reader_forgot(const std::string& uuid);
  void writer_broke(const std::string& uuid, const std::string& cause);
  void writer_opened(const std::string& uuid);
  void writer_died(const caf::actor_addr& writer);
  /// Closes what nobody uses, looks after files, tries quarantined ones again.
  void tick();
  /// Answers what waited past its deadline, or for a writer that hangs.
  void sweep();
  caf::result<bool> shut();

private:
  enum class stage : std::uint8_t {
    waiting,
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
    catalog::stage stage = catalog::stage::waiting;
    /// Steady clock: when it got into this stage.
    std::int64_t since_ms = 0;
    /// Closing: what takes the requests that come meanwhile.
    open_database_ptr next;
    /// Something was used up when it was opened; it is tried once more.
    bool was_starved = false;
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
  static void set_stage(entry& changing, stage to) noexcept;
  void wait_for_place(entry& waiting);
  void open_waiting();
  void open(entry& waiting);
  [[nodiscard]] codec::result<void> prepare_file(const std::string& uuid);
  /// @return `unavailable` where no thread can be had.
  [[nodiscard]] codec::result<void>
  spawn_writer(const open_database_ptr& database,
               const std::optional<file_trial>& trial);
  /// A database could not be opened: fewer are open for a while, and it is
  /// tried once more.
  void meet_shortage(entry& starved, const std::string& cause);
  void refuse_waiting(entry& refused, const codec::error& cause);
  void release_writer(open_database& database) noexcept;
  [[nodiscard]] std::size_t places_taken() const noexcept;
  [[nodiscard]] std::size_t places() const noexcept;
  void keep_to_memory();
  void make_room();
  [[nodiscard]] std::vector<entry*> idle_entries();
  [[nodiscard]] entry* longest_open(std::int64_t now_ms);
  void begin_closing(entry& closing);
  /// The writer is gone.
  void finish_closing(const std::string& uuid);
  /// Hands requests over anew that waited for a database.
  void send_again(std::vector<job_ptr> requests);
  [[nodiscard]] std::size_t sweep_queue(open_database& database,
                                        bool is_waiting);
  [[nodiscard]] std::size_t count_hung() const;
  void sweep_later(std::chrono::milliseconds pause);
  void look_at_disk();
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
  /// By uuid, in the order of their turns: databases that have no place yet,
  /// and some that need none any more.
  std::deque<std::string> waiting_;
  /// Writers that there are, and how many of them hung at the last sweep.
  std::size_t writers_ = 0;
  std::size_t hung_ = 0;
  /// How many writers the system bears, until then.
  std::size_t places_max_ = 0;
  std::int64_t short_until_ms_ = 0;
  /// Nothing can make room before that.
  std::int64_t next_room_ms_ = 0;
  bool is_sweeping_ = false;
  /// What was logged last about the catalogue's own file.
  std::string catalogue_problem_;
  storage::disk_state disk_state_ = storage::disk_state::ample;
  std::int64_t next_upkeep_ms_ = 0;
  bool is_shutting_ = false;
  std::vector<caf::typed_response_promise<bool>> shut_promises_;
};

/// Spawn it detached: it waits for the disk.
catalog_actor::behavior_type
make_catalog(catalog_actor::stateful_pointer<catalog> self,
             const catalog_options& options);

} // namespace sluice::actors
