#include "actors/catalog.hpp"

#include <spdlog/spdlog.h>

#include <utility>

/// The catalog's answers to `databases.*`.
namespace sluice::actors {

namespace {

codec::error no_such_database(const std::string& what) {
  return {codec::error_code::not_found, "there is no database '" + what + "'"};
}

} // namespace

codec::result<storage::database_record>
catalog::existing(codec::result<std::optional<storage::database_record>> found,
                  const std::string& name_or_uuid) {
  if (!found)
    return std::unexpected{std::move(found.error())};
  auto& record = *found;
  if (!record)
    return std::unexpected{no_such_database(name_or_uuid)};
  return std::move(*record);
}

void catalog::create(job& work, const services::create_database& request) {
  auto record = options_->store->create(request.name);
  if (!record) {
    work.reply.fail(record.error());
    return;
  }
  work.reply.succeed(services::encode_database(
      {record->uuid, record->name, record->created_at, 0, 0}));
}

codec::result<services::database_description>
catalog::description(const storage::database_record& record) const {
  const auto& context = options_->context;
  auto file = storage::describe_file(
      context.directory.database_path(record.uuid),
      connection_options_of(context.settings, storage::access::reader));
  if (!file)
    return std::unexpected{file.error()};
  return services::database_description{record.uuid, record.name,
                                        record.created_at, file->size_bytes,
                                        file->num_tables};
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
  auto described = description(*record);
  if (described)
    work.reply.succeed(services::encode_database(*described));
  else
    work.reply.fail(described.error());
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
  for (const auto& record : page->databases) {
    auto one = description(record);
    // One broken database does not hide the others.
    if (!one) {
      spdlog::warn("database {}: cannot be described: {}", record.name,
                   one.error().message);
      one = services::database_description{
          record.uuid, record.name, record.created_at,
          options_->context.directory.file_size(record.uuid), 0};
    }
    described.push_back(std::move(*one));
  }
  work.reply.succeed(
      services::encode_databases(described, request, page->total));
}

void catalog::remove(job& work, const services::delete_database& request) {
  const auto record
      = existing(options_->store->find_by_name(request.name), request.name);
  if (!record) {
    work.reply.fail(record.error());
    return;
  }
  const auto& uuid = record->uuid;
  if (auto started = options_->store->start_deletion(uuid); !started) {
    work.reply.fail(started.error());
    return;
  }
  // A closed database may still be open in a reader.
  auto& deleted = entries_[uuid];
  deleted.is_deleted = true;
  if (!deleted.database) {
    deleted.database = std::make_shared<open_database>(
        uuid, request.name, options_->context.settings.admission);
    forget_deleted(deleted);
  } else if (deleted.stage == stage::open) {
    begin_closing(deleted);
  }
  // Only now: nothing that comes after this reply reaches the database.
  work.reply.succeed(services::encode_deleted());
}

} // namespace sluice::actors
