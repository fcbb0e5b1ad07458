#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/data_directory.hpp"

#include <cstdint>
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
  [[nodiscard]] static codec::result<catalogue>
  open(const data_directory& directory, const connection_options& options);

  /// @return `conflict` if the name is taken, `too_large` at the limit of
  ///   databases.
  [[nodiscard]] codec::result<database_record> create(const std::string& name);

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
  explicit catalogue(std::unique_ptr<connection> connection);
  [[nodiscard]] codec::result<std::vector<database_record>>
  query(std::string_view sql, const codec::positional_parameters& params);

  std::unique_ptr<connection> connection_;
  std::uint32_t databases_max_ = 0;
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
