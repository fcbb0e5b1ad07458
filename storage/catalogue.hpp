#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/data_directory.hpp"
#include "storage/file_watch.hpp"
#include "storage/idempotency.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::storage {

/// One database of the catalogue.
struct database_record {
  std::string uuid;
  std::string name;
  /// ISO 8601 in UTC.
  std::string created_at;
  /// Its file has been made: where it is missing now, it was lost. Version
  /// 0.1.0 made files at the first use.
  bool has_file = true;
};

/// One page of the catalogue.
struct database_page {
  std::vector<database_record> databases;
  std::uint64_t total = 0;
};

struct database_filter {
  /// Databases whose name contains this; empty: all.
  std::string name_part;
  std::uint64_t offset = 0;
  std::uint32_t count_max = 100;
};

/// Which databases there are, in an SQLite file of its own. Each change is
/// durable when the call returns. Belongs to one thread.
class catalogue {
public:
  /// Makes the file in a new folder. One of an earlier version gets what it
  /// lacks.
  /// @param directory outlives this.
  /// @param retention how long the replies of changes are remembered.
  /// @return `storage` with what to do about it; also where the catalogue is
  ///   missing and databases are there.
  [[nodiscard]] static codec::result<catalogue>
  open(const data_directory& directory, const connection_options& options,
       std::chrono::seconds retention);

  /// Changes something and says what to reply.
  using change_maker = std::function<codec::result<std::string>()>;
  struct outcome {
    std::string reply;
    /// It is an earlier request's; nothing was changed now.
    bool is_replayed = false;
  };

  /// Runs a change in one transaction, its reply remembered with it
  /// (docs/adr/0012).
  /// @param request nothing: without an id; the reply is not remembered.
  /// @param make may call `create` and `start_deletion`. What it has changed
  ///   is undone, files that were made included, where this fails.
  /// @return also what `make` failed with; `conflict` if the id came with
  ///   another payload.
  [[nodiscard]] codec::result<outcome>
  execute_once(const std::optional<request_identity>& request,
               const change_maker& make);

  /// Makes a database's file, by uuid.
  using file_maker
      = std::function<codec::result<void>(const std::string& uuid)>;

  /// @param make_file called once all else is known to be right. What it made
  ///   stays, without a row, if a crash comes before this returns.
  /// @return `conflict` if the name is taken, `too_large` at the limit of
  ///   databases.
  [[nodiscard]] codec::result<database_record>
  create(const std::string& name, const file_maker& make_file);

  /// A database of an earlier version has its file now.
  [[nodiscard]] codec::result<void> note_file(const std::string& uuid);

  /// Looks whether its own file is still there. Where it was taken away, what
  /// is in it is copied beside it, once; from then on nothing is changed any
  /// more, for it would not last.
  /// @return `storage` from then on.
  [[nodiscard]] codec::result<void> look();

  /// @return nothing if there is none.
  [[nodiscard]] codec::result<std::optional<database_record>>
  find_by_name(const std::string& name);
  [[nodiscard]] codec::result<std::optional<database_record>>
  find_by_uuid(const std::string& uuid);

  /// Sorted by name.
  [[nodiscard]] codec::result<database_page>
  list(const database_filter& filter);

  [[nodiscard]] codec::result<std::uint64_t> count();

  /// The database is gone for clients; its files remain until
  /// `finish_deletion`.
  [[nodiscard]] codec::result<void> start_deletion(const std::string& uuid);
  [[nodiscard]] codec::result<void> finish_deletion(const std::string& uuid);
  /// Deletions that a crash cut off.
  [[nodiscard]] codec::result<std::vector<std::string>> unfinished_deletions();

private:
  catalogue(std::unique_ptr<connection> connection, idempotency replies,
            const data_directory& directory, file_watch watch);
  [[nodiscard]] codec::result<std::vector<database_record>>
  query(std::string_view sql, const codec::positional_parameters& params);
  [[nodiscard]] codec::result<std::vector<database_record>>
  change(std::string_view sql, const codec::positional_parameters& params);
  [[nodiscard]] codec::result<outcome>
  find_or_make(const std::optional<request_identity>& request,
               const change_maker& make);
  [[nodiscard]] codec::result<void> shorten_wal();
  void save_copy();

  std::unique_ptr<connection> connection_;
  idempotency replies_;
  const data_directory* directory_;
  file_watch watch_;
  /// Why nothing can be changed any more; empty: it can.
  std::string loss_;
  bool is_saved_ = false;
  std::uint32_t databases_max_ = 0;
  /// Made in the transaction that is open; empty: no file was.
  std::string new_file_uuid_;
};

/// What can be said of a database's file without its writer.
struct file_description {
  /// Page count times page size, what is in the WAL included.
  std::uint64_t size_bytes = 0;
  /// Tables that clients made, without SQLite's and Sluice's own.
  std::int64_t num_tables = 0;
};

/// The database need not be open; one without a file yet has nothing.
[[nodiscard]] codec::result<file_description>
describe_file(const std::string& path, const connection_options& options);

} // namespace sluice::storage
