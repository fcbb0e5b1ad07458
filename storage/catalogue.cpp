#include "storage/catalogue.hpp"

#include "codec/timestamp.hpp"
#include "storage/sqlite_error.hpp"

#include <sodium.h>
#include <sqlite3.h>

#include <array>
#include <filesystem>

namespace sluice::storage {

namespace {

using codec::error_code;

// `deleted` is 1 from the moment that clients see the database gone until its
// files are.
constexpr auto schema_sql = std::string_view{
    "CREATE TABLE IF NOT EXISTS databases(uuid TEXT PRIMARY KEY, name TEXT NOT "
    "NULL, created_at TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0)"};
constexpr auto index_sql
    = std::string_view{"CREATE UNIQUE INDEX IF NOT EXISTS databases_name ON "
                       "databases(name) WHERE deleted = 0"};

/// WAL pages after which the WAL is copied into the file.
constexpr auto checkpoint_pages = std::uint32_t{1'000};

/// A random UUID (RFC 9562, version 4).
codec::result<std::string> make_uuid() {
  // Harmless to call again.
  if (sodium_init() < 0)
    return codec::fail(error_code::internal, "no source of random numbers");
  auto bytes = std::array<unsigned char, 16>{};
  randombytes_buf(bytes.data(), bytes.size());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fu) | 0x40u);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fu) | 0x80u);
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{};
  for (auto i = std::size_t{0}; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      result += '-';
    result += digits[bytes[i] >> 4u];
    result += digits[bytes[i] & 0x0fu];
  }
  return result;
}

std::string column_text(sqlite3_stmt* row, int index) {
  const auto* text
      = reinterpret_cast<const char*>(sqlite3_column_text(row, index));
  return text != nullptr ? text : "";
}

codec::result<std::optional<database_record>>
first_of(codec::result<std::vector<database_record>> found) {
  if (!found)
    return std::unexpected{found.error()};
  if (found->empty())
    return std::nullopt;
  return std::move(found->front());
}

} // namespace

catalogue::catalogue(std::unique_ptr<connection> connection)
    : connection_{std::move(connection)},
      databases_max_{connection_->options().limits.databases_max} {
  // nop
}

codec::result<catalogue> catalogue::open(const data_directory& directory,
                                         const connection_options& options) {
  auto own_options = options;
  own_options.access = access::writer;
  // The limits are for what clients do, not for Sluice's own statements.
  const auto databases_max = options.limits.databases_max;
  own_options.limits = {};
  own_options.limits.databases_max = databases_max;
  auto opened = connection::open(directory.catalogue_path(), own_options);
  if (!opened)
    return std::unexpected{opened.error()};
  for (const auto sql : {schema_sql, index_sql})
    if (auto done = (*opened)->run_once(sql); !done)
      return std::unexpected{done.error()};
  return catalogue{std::move(*opened)};
}

codec::result<std::vector<database_record>>
catalogue::query(std::string_view sql,
                 const codec::positional_parameters& params) {
  const auto trusted = authorizer::trust{connection_->authorizer()};
  auto tail = std::string_view{};
  auto prepared = statement::prepare(connection_->handle(), sql,
                                     statement_lifetime::once, tail);
  if (!prepared)
    return std::unexpected{prepared.error()};
  const auto bound_params = codec::parameters{params};
  if (auto bound = prepared->bind(bound_params); !bound)
    return std::unexpected{bound.error()};
  auto result = std::vector<database_record>{};
  auto step = sqlite3_step(prepared->handle());
  for (; step == SQLITE_ROW; step = sqlite3_step(prepared->handle()))
    result.push_back({column_text(prepared->handle(), 0),
                      column_text(prepared->handle(), 1),
                      column_text(prepared->handle(), 2)});
  if (step != SQLITE_DONE)
    return std::unexpected{last_error(connection_->handle())};
  if (connection_->wal_pages() > checkpoint_pages)
    if (auto done
        = connection_->checkpoint(connection::checkpoint_mode::passive);
        !done)
      return std::unexpected{done.error()};
  return result;
}

codec::result<database_record> catalogue::create(const std::string& name) {
  auto taken = find_by_name(name);
  if (!taken)
    return std::unexpected{taken.error()};
  if (taken->has_value())
    return codec::fail(error_code::conflict,
                       "a database with the name '" + name + "' exists");
  auto existing = count();
  if (!existing)
    return std::unexpected{existing.error()};
  if (*existing >= databases_max_)
    return codec::fail(error_code::too_large,
                       "there are already limits.databases_max ("
                           + std::to_string(databases_max_) + ") databases");
  auto uuid = make_uuid();
  if (!uuid)
    return std::unexpected{uuid.error()};
  auto created = first_of(
      query("INSERT INTO databases(uuid, name, created_at) VALUES (?, ?, ?) "
            "RETURNING uuid, name, created_at",
            {*uuid, name,
             codec::format_timestamp(std::chrono::system_clock::now())}));
  if (!created)
    return std::unexpected{created.error()};
  auto record = std::move(*created);
  if (!record)
    return codec::fail(error_code::internal, "the catalogue took no row");
  return std::move(*record);
}

codec::result<std::optional<database_record>>
catalogue::find_by_name(const std::string& name) {
  return first_of(query("SELECT uuid, name, created_at FROM databases WHERE "
                        "name = ? AND deleted = 0",
                        {name}));
}

codec::result<std::optional<database_record>>
catalogue::find_by_uuid(const std::string& uuid) {
  return first_of(query("SELECT uuid, name, created_at FROM databases WHERE "
                        "uuid = ? AND deleted = 0",
                        {uuid}));
}

codec::result<database_page> catalogue::list(const database_filter& filter) {
  auto rows = query("SELECT uuid, name, created_at FROM databases WHERE "
                    "deleted = 0 AND (?1 = '' OR instr(name, ?1) > 0) ORDER "
                    "BY name LIMIT ?2 OFFSET ?3",
                    {filter.name_part, std::int64_t{filter.count_max},
                     static_cast<std::int64_t>(filter.offset)});
  if (!rows)
    return std::unexpected{rows.error()};
  auto total = query("SELECT count(*), '', '' FROM databases WHERE deleted = 0 "
                     "AND (?1 = '' OR instr(name, ?1) > 0)",
                     {filter.name_part});
  if (!total)
    return std::unexpected{total.error()};
  return database_page{std::move(*rows), std::stoull(total->front().uuid)};
}

codec::result<std::uint64_t> catalogue::count() {
  auto total = connection_->integer(
      "SELECT count(*) FROM databases WHERE deleted = 0");
  if (!total)
    return std::unexpected{total.error()};
  return static_cast<std::uint64_t>(*total);
}

codec::result<void> catalogue::start_deletion(const std::string& uuid) {
  auto done = query("UPDATE databases SET deleted = 1 WHERE uuid = ?", {uuid});
  if (!done)
    return std::unexpected{done.error()};
  return {};
}

codec::result<void> catalogue::finish_deletion(const std::string& uuid) {
  auto done
      = query("DELETE FROM databases WHERE uuid = ? AND deleted = 1", {uuid});
  if (!done)
    return std::unexpected{done.error()};
  return {};
}

codec::result<std::vector<std::string>> catalogue::unfinished_deletions() {
  auto rows = query(
      "SELECT uuid, name, created_at FROM databases WHERE deleted = 1", {});
  if (!rows)
    return std::unexpected{rows.error()};
  auto result = std::vector<std::string>{};
  for (auto& row : *rows)
    result.push_back(std::move(row.uuid));
  return result;
}

codec::result<file_description>
describe_file(const std::string& path, const connection_options& options) {
  if (!std::filesystem::exists(path))
    return file_description{};
  auto own_options = options;
  own_options.access = access::reader;
  auto opened = connection::open(path, own_options);
  if (!opened)
    return std::unexpected{opened.error()};
  auto tables = (*opened)->integer(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT "
      "LIKE "
      "'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_sluice\\_%' ESCAPE '\\'");
  if (!tables)
    return std::unexpected{tables.error()};
  auto size = (*opened)->size_bytes();
  if (!size)
    return std::unexpected{size.error()};
  return file_description{static_cast<std::uint64_t>(*size), *tables};
}

} // namespace sluice::storage
