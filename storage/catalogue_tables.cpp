#include "storage/catalogue_tables.hpp"

#include "storage/file_fault.hpp"

#include <string>
#include <string_view>

namespace sluice::storage {

namespace {

using codec::error_code;

constexpr auto damage_remedy
    = std::string_view{"; put it back from a backup, or from a file "
                       "catalogue.rescued.sqlite. The databases themselves are "
                       "in the folder databases beside it"};

// `deleted` is 1 from the moment that clients see the database gone until its
// files are. `has_file` is 0 for databases of version 0.1.0 that have not been
// used yet.
constexpr auto schema_sql = std::string_view{
    "CREATE TABLE IF NOT EXISTS databases(uuid TEXT PRIMARY KEY, name TEXT NOT "
    "NULL, created_at TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, "
    "has_file "
    "INTEGER NOT NULL DEFAULT 0)"};
constexpr auto index_sql
    = std::string_view{"CREATE UNIQUE INDEX IF NOT EXISTS databases_name ON "
                       "databases(name) WHERE deleted = 0"};

constexpr auto uuid_length = std::size_t{36};

/// For a catalogue of version 0.1.0: which databases have been in use.
codec::result<void> add_has_file(connection& connection,
                                 const data_directory& directory) {
  auto uuids = connection.text("SELECT group_concat(uuid, '') FROM databases");
  if (!uuids)
    return std::unexpected{uuids.error()};
  if (auto done = connection.run_once(
          "ALTER TABLE databases ADD COLUMN has_file INTEGER NOT NULL DEFAULT "
          "0");
      !done)
    return done;
  for (auto i = std::size_t{0}; i < uuids->size(); i += uuid_length) {
    const auto uuid = uuids->substr(i, uuid_length);
    if (directory.file_size(uuid) == 0)
      continue;
    if (auto done = connection.run_once(
            "UPDATE databases SET has_file = 1 WHERE uuid = '" + uuid + "'");
        !done)
      return done;
  }
  return {};
}

} // namespace

codec::result<void> require_no_databases(const data_directory& directory) {
  const auto count = directory.database_files();
  if (count == 0)
    return {};
  return codec::fail(
      error_code::storage,
      "the catalogue is missing or empty, but " + std::to_string(count)
          + " databases are in the folder databases beside it: put the "
            "catalogue back, from a backup or from a file "
            "catalogue.rescued.sqlite, or name another folder with --data");
}

codec::error with_catalogue_remedy(codec::error failure) {
  if (is_shortage(failure) && failure.code == error_code::storage)
    failure.message += "; make room on the disk";
  else if (is_damage(failure))
    failure.message += damage_remedy;
  return failure;
}

codec::result<void> check_catalogue(connection& connection) {
  auto found = connection.text("SELECT group_concat(quick_check, ', ') FROM "
                               "pragma_quick_check(3)");
  if (!found)
    return std::unexpected{with_catalogue_remedy(std::move(found.error()))};
  if (*found == "ok")
    return {};
  return std::unexpected{codec::error{error_code::storage,
                                      "the catalogue is damaged: " + *found
                                          + std::string{damage_remedy},
                                      codec::fault_kind::damage}};
}

codec::result<void> set_up_catalogue(connection& connection,
                                     const data_directory& directory) {
  auto columns = connection.text("SELECT group_concat(name) FROM "
                                 "pragma_table_info('databases')");
  if (!columns)
    return std::unexpected{columns.error()};
  if (columns->empty())
    if (auto empty = require_no_databases(directory); !empty)
      return empty;
  if (auto begun = connection.run_once("BEGIN IMMEDIATE"); !begun)
    return begun;
  auto done = codec::result<void>{};
  if (columns->empty())
    done = connection.run_once(schema_sql);
  else if (!columns->contains("has_file"))
    done = add_has_file(connection, directory);
  if (done)
    done = connection.run_once(index_sql);
  // What fails here ends with the connection, and the transaction with it.
  return done ? connection.run_once("COMMIT") : done;
}

} // namespace sluice::storage
