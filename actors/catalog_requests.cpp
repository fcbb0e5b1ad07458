#include "actors/catalog.hpp"
#include "storage/database_file.hpp"
#include "storage/file_watch.hpp"

#include <spdlog/spdlog.h>

#include <utility>

/// The catalog's answers to `databases.*`.
namespace sluice::actors {

namespace {

codec::error unknown_database(const std::string& what) {
  return {codec::error_code::not_found, "there is no database '" + what + "'"};
}

void answer(job& work, const codec::result<storage::catalogue::outcome>& done) {
  if (done)
    work.reply.succeed(done->reply, {.is_replayed = done->is_replayed});
  else
    work.reply.fail(done.error());
}

} // namespace

codec::result<storage::database_record>
catalog::existing(codec::result<std::optional<storage::database_record>> found,
                  const std::string& name_or_uuid) {
  if (!found)
    return std::unexpected{std::move(found.error())};
  auto& record = *found;
  if (!record)
    return std::unexpected{unknown_database(name_or_uuid)};
  return std::move(*record);
}

void catalog::create(job& work, const services::create_database& request) {
  const auto& context = options_->context;
  const auto make_file = [&context](const std::string& uuid) {
    return storage::make_database_file(
        context.directory, uuid,
        connection_options_of(context.settings, storage::access::writer));
  };
  auto uuid = std::string{};
  const auto done = options_->store->execute_once(
      work.identity,
      [this, &context, &request, &make_file,
       &uuid]() -> codec::result<std::string> {
        auto& room = context.directory.room();
        if (const auto seen = room.look();
            seen.state != storage::disk_state::ample)
          return std::unexpected{codec::error{codec::error_code::storage,
                                              room.refusal(seen),
                                              codec::fault_kind::shortage}};
        const auto record = options_->store->create(request.name, make_file);
        if (!record)
          return std::unexpected{record.error()};
        uuid = record->uuid;
        return services::encode_database(
            {.uuid = record->uuid,
             .name = record->name,
             .created_at = record->created_at,
             .file_size_bytes = context.directory.file_size(record->uuid)});
      });
  // Before the reply: what comes after it finds the database.
  if (done && !done->is_replayed)
    context.databases.learn(request.name, uuid);
  answer(work, done);
}

services::database_description
catalog::description(const storage::database_record& record) const {
  const auto& context = options_->context;
  auto result = services::database_description{
      .uuid = record.uuid,
      .name = record.name,
      .created_at = record.created_at,
      .file_size_bytes = context.directory.file_size(record.uuid)};
  const auto found = entries_.find(record.uuid);
  const auto is_known = found != entries_.end() && found->second.database;
  result.is_quarantined = is_known && found->second.trial != nullptr;
  // A file that replaced the one that is open must not be opened beside it.
  const auto path = context.directory.database_path(record.uuid);
  const auto number = is_known ? found->second.database->file_number.load() : 0;
  if (number != 0 && storage::file_number(path) != number)
    return result;
  auto file = storage::describe_file(
      path, connection_options_of(context.settings, storage::access::reader));
  if (!file) {
    // A broken database is there nevertheless.
    spdlog::warn("database {}: cannot be described: {}", record.name,
                 file.error().message);
    return result;
  }
  result.file_size_bytes = file->size_bytes;
  result.num_tables = file->num_tables;
  return result;
}

void catalog::describe(job& work, const services::get_database& request) {
  const auto record
      = request.uuid.empty()
            ? existing(options_->store->find_by_name(request.name),
                       request.name)
            : existing(options_->store->find_by_uuid(request.uuid),
                       request.uuid);
  if (!record) {
    work.reply.fail(record.error());
    return;
  }
  work.reply.succeed(services::encode_database(description(*record)));
}

void catalog::list(job& work, const services::list_databases& request) {
  auto page = options_->store->list(
      {.name_part = request.name_part,
       .offset = std::uint64_t{request.page - 1} * request.per_page,
       .count_max = request.per_page});
  if (!page) {
    work.reply.fail(page.error());
    return;
  }
  auto described = std::vector<services::database_description>{};
  for (const auto& record : page->databases)
    described.push_back(description(record));
  work.reply.succeed(
      services::encode_databases(described, request, page->total));
}

void catalog::remove(job& work, const services::delete_database& request) {
  // The catalogue needs some room for it.
  options_->context.directory.room().look_now();
  auto uuid = std::string{};
  const auto done = options_->store->execute_once(
      work.identity, [this, &request, &uuid]() -> codec::result<std::string> {
        const auto record = existing(
            options_->store->find_by_name(request.name), request.name);
        if (!record)
          return std::unexpected{record.error()};
        uuid = record->uuid;
        if (auto started = options_->store->start_deletion(uuid); !started)
          return std::unexpected{started.error()};
        return services::encode_deleted();
      });
  if (done && !done->is_replayed)
    let_go(uuid, request.name);
  // Only now: nothing that comes after this reply reaches the database.
  answer(work, done);
}

void catalog::let_go(const std::string& uuid,
                     const std::string& database_name) {
  // What waits to be opened; a writer still executes what it has.
  if (const auto last = options_->context.databases.forget(database_name);
      last && !last->writer)
    for (const auto& work : last->requests.take_all())
      work->reply.fail(unknown_database(database_name));
  // A closed database may still be open in a reader.
  auto& deleted = entries_[uuid];
  deleted.is_deleted = true;
  deleted.next.reset();
  if (!deleted.database) {
    deleted.database = std::make_shared<open_database>(
        uuid, database_name, options_->context.settings.admission);
    forget_deleted(deleted);
  } else if (deleted.stage == stage::waiting) {
    forget_deleted(deleted);
  } else if (deleted.stage == stage::quarantined) {
    end_quarantine(deleted);
    if (!deleted.database->writer)
      forget_deleted(deleted);
  } else if (deleted.stage == stage::open
             || (deleted.stage == stage::trying && deleted.database->writer)) {
    begin_closing(deleted);
  }
}

} // namespace sluice::actors
