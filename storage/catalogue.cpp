#include "storage/catalogue.hpp"

#include "codec/timestamp.hpp"
#include "storage/catalogue_tables.hpp"
#include "storage/rescue.hpp"
#include "storage/sqlite_error.hpp"

#include <sodium.h>
#include <sqlite3.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

namespace sluice::storage {

namespace {

using codec::error_code;

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

catalogue::catalogue(std::unique_ptr<connection> connection,
                     idempotency replies, const data_directory& directory,
                     file_watch watch)
    : connection_{std::move(connection)}, replies_{replies},
      directory_{&directory}, watch_{std::move(watch)},
      databases_max_{connection_->options().limits.databases_max} {
  // nop
}

codec::result<catalogue> catalogue::open(const data_directory& directory,
                                         const connection_options& options,
                                         std::chrono::seconds retention) {
  const auto path = directory.catalogue_path();
  auto own_options = options;
  own_options.access = access::writer;
  // An empty one is what a crash at the first start leaves.
  auto problem = std::error_code{};
  const auto bytes = std::filesystem::file_size(path, problem);
  own_options.creates = problem || bytes == 0;
  // The limits are for what clients do, not for Sluice's own statements.
  const auto databases_max = options.limits.databases_max;
  own_options.limits = {};
  own_options.limits.databases_max = databases_max;
  if (own_options.creates)
    if (auto empty = require_no_databases(directory); !empty)
      return std::unexpected{empty.error()};
  auto opened = connection::open(path, own_options);
  if (!opened)
    return std::unexpected{with_catalogue_remedy(opened.error())};
  if (!own_options.creates)
    if (auto sound = check_catalogue(**opened); !sound)
      return std::unexpected{std::move(sound.error())};
  if (auto ready = set_up_catalogue(**opened, directory); !ready)
    return std::unexpected{with_catalogue_remedy(ready.error())};
  auto replies = idempotency::open(**opened, retention, process_clock::now());
  if (!replies)
    return std::unexpected{with_catalogue_remedy(replies.error())};
  auto watch = file_watch::start(**opened);
  if (!watch)
    return std::unexpected{watch.error()};
  (*opened)->set_checkpoint_on_close(true);
  if (auto synced
      = sync_folder(std::filesystem::path{path}.parent_path().string());
      !synced)
    return std::unexpected{synced.error()};
  return catalogue{std::move(*opened), *replies, directory, std::move(*watch)};
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
                      column_text(prepared->handle(), 2),
                      sqlite3_column_int(prepared->handle(), 3) != 0});
  if (step != SQLITE_DONE)
    return std::unexpected{last_error(connection_->handle())};
  return result;
}

/// Runs a statement that changes something, if that lasts.
codec::result<std::vector<database_record>>
catalogue::change(std::string_view sql,
                  const codec::positional_parameters& params) {
  if (auto there = look(); !there)
    return std::unexpected{there.error()};
  auto result = query(sql, params);
  // It may have been taken away meanwhile.
  if (auto there = look(); !there)
    return std::unexpected{there.error()};
  if (!result || connection_->in_transaction())
    return result;
  if (auto shortened = shorten_wal(); !shortened)
    return std::unexpected{shortened.error()};
  return result;
}

codec::result<void> catalogue::shorten_wal() {
  if (connection_->wal_pages() <= checkpoint_pages)
    return {};
  if (auto done = connection_->checkpoint(connection::checkpoint_mode::passive);
      !done)
    return std::unexpected{std::move(done.error())};
  watch_.settle();
  return {};
}

codec::result<catalogue::outcome>
catalogue::execute_once(const std::optional<request_identity>& request,
                        const change_maker& make) {
  if (auto there = look(); !there)
    return std::unexpected{there.error()};
  if (auto begun = connection_->run_once("BEGIN IMMEDIATE"); !begun)
    return std::unexpected{begun.error()};
  auto result = find_or_make(request, make);
  if (result)
    if (auto committed = connection_->commit(); !committed) {
      // The WAL may have become shorter.
      watch_.settle();
      result = std::unexpected{committed.error()};
      if (connection_->may_come_back())
        result.error().message
            = "this request was executed, but it is not known to last: "
              + result.error().message;
    }
  // It may have been taken away meanwhile.
  if (auto there = look(); result && !there)
    result = std::unexpected{there.error()};
  const auto made = std::exchange(new_file_uuid_, {});
  if (result) {
    // It is committed. Where this fails the next change tries again.
    std::ignore = shorten_wal();
    return result;
  }
  // It fails only where SQLite has rolled back by itself.
  if (connection_->in_transaction())
    std::ignore = connection_->run_once("ROLLBACK");
  // Unless the row may be in what was saved of the catalogue, or after a crash.
  if (!made.empty() && loss_.empty() && !connection_->may_come_back())
    std::ignore = directory_->remove_database(made);
  return result;
}

codec::result<catalogue::outcome>
catalogue::find_or_make(const std::optional<request_identity>& request,
                        const change_maker& make) {
  const auto now = process_clock::now();
  if (request.has_value()) {
    auto found = replies_.find(*request, now);
    if (!found)
      return std::unexpected{found.error()};
    auto& first_reply = *found;
    if (first_reply.has_value())
      return outcome{std::move(*first_reply), true};
  }
  auto reply = make();
  if (!reply)
    return std::unexpected{reply.error()};
  if (request.has_value())
    if (auto done = replies_.remember(*request, *reply, now); !done)
      return std::unexpected{done.error()};
  if (replies_.is_due(now))
    if (auto done = replies_.forget_expired(now); !done)
      return std::unexpected{done.error()};
  return outcome{std::move(*reply), false};
}

codec::result<void> catalogue::look() {
  if (loss_.empty()) {
    const auto lost = watch_.look();
    if (!lost)
      return {};
    if (lost->kind == loss_kind::unknown)
      return codec::fail(error_code::storage, lost->message);
    loss_ = lost->message;
    connection_->set_checkpoint_on_close(false);
  }
  if (!is_saved_)
    save_copy();
  return codec::fail(error_code::storage,
                     "the catalogue of databases cannot be changed: " + loss_);
}

void catalogue::save_copy() {
  const auto path = directory_->catalogue_rescue_path();
  if (!path)
    return;
  auto problem = std::error_code{};
  std::filesystem::create_directories(
      std::filesystem::path{*path}.parent_path(), problem);
  if (!copy_database(*connection_, *path, [] { return true; }))
    return;
  is_saved_ = true;
  loss_ += "; what was in it is in "
           + std::filesystem::path{*path}.filename().string()
           + ": stop Sluice, put that in its place, and start again";
}

codec::result<database_record> catalogue::create(const std::string& name,
                                                 const file_maker& make_file) {
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
  if (auto there = look(); !there)
    return std::unexpected{there.error()};
  if (auto made = make_file(*uuid); !made)
    return std::unexpected{made.error()};
  auto created = first_of(change(
      "INSERT INTO databases(uuid, name, created_at, has_file) VALUES (?, ?, "
      "?, 1) RETURNING uuid, name, created_at, has_file",
      {*uuid, name,
       codec::format_timestamp(std::chrono::system_clock::now())}));
  if (connection_->in_transaction())
    new_file_uuid_ = *uuid;
  else if (!created && loss_.empty())
    // Unless the row may be in what was saved of the catalogue.
    std::ignore = directory_->remove_database(*uuid);
  if (!created)
    return std::unexpected{created.error()};
  auto record = std::move(*created);
  if (!record)
    return codec::fail(error_code::internal, "the catalogue took no row");
  return std::move(*record);
}

codec::result<std::optional<database_record>>
catalogue::find_by_name(const std::string& name) {
  return first_of(
      query("SELECT uuid, name, created_at, has_file FROM databases WHERE "
            "name = ? AND deleted = 0",
            {name}));
}

codec::result<std::optional<database_record>>
catalogue::find_by_uuid(const std::string& uuid) {
  return first_of(
      query("SELECT uuid, name, created_at, has_file FROM databases WHERE "
            "uuid = ? AND deleted = 0",
            {uuid}));
}

codec::result<database_page> catalogue::list(const database_filter& filter) {
  auto rows
      = query("SELECT uuid, name, created_at, has_file FROM databases WHERE "
              "deleted = 0 AND (?1 = '' OR instr(name, ?1) > 0) ORDER "
              "BY name LIMIT ?2 OFFSET ?3",
              {filter.name_part, std::int64_t{filter.count_max},
               static_cast<std::int64_t>(filter.offset)});
  if (!rows)
    return std::unexpected{rows.error()};
  auto total
      = query("SELECT count(*), '', '', 0 FROM databases WHERE deleted = 0 "
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

codec::result<void> catalogue::note_file(const std::string& uuid) {
  auto done
      = change("UPDATE databases SET has_file = 1 WHERE uuid = ?", {uuid});
  if (!done)
    return std::unexpected{done.error()};
  return {};
}

codec::result<void> catalogue::start_deletion(const std::string& uuid) {
  auto done = change("UPDATE databases SET deleted = 1 WHERE uuid = ?", {uuid});
  if (!done)
    return std::unexpected{done.error()};
  return {};
}

codec::result<void> catalogue::finish_deletion(const std::string& uuid) {
  auto done
      = change("DELETE FROM databases WHERE uuid = ? AND deleted = 1", {uuid});
  if (!done)
    return std::unexpected{done.error()};
  return {};
}

codec::result<std::vector<std::string>> catalogue::unfinished_deletions() {
  auto rows = query(
      "SELECT uuid, name, created_at, 0 FROM databases WHERE deleted = 1", {});
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
      "'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'");
  if (!tables)
    return std::unexpected{tables.error()};
  auto size = (*opened)->size_bytes();
  if (!size)
    return std::unexpected{size.error()};
  return file_description{static_cast<std::uint64_t>(*size), *tables};
}

} // namespace sluice::storage
