#include "actors/write_group.hpp"
#include "schema/migration.hpp"
#include "storage/migration_log.hpp"

#include <spdlog/spdlog.h>

/// The part of a group's work that changes the schema in transactions of its
/// own.
namespace sluice::actors {

using codec::error_code;

codec::result<void>
write_group::prepare_schema(const storage::execution_limits& limits) {
  if (database_->has_schema.load(std::memory_order_relaxed))
    return {};
  // What waits is answered first: a migration is a transaction of its own.
  commit();
  if (loss_)
    return codec::fail(error_code::storage, loss_->message);
  auto applied = storage::applied_migrations(*connection_, limits);
  if (!applied)
    return std::unexpected{std::move(applied.error())};
  for (const auto& each : schema::migrations()) {
    if (applied->contains(each.name))
      continue;
    if (auto done = migrate(each.name, each.sql, limits); !done)
      return codec::fail(
          done.error().code,
          "the services' tables cannot be made in the database '"
              + database_->name + "' (migration " + std::string{each.name}
              + "): " + done.error().message
              + "; where it has tables of these names of its own, use another "
                "database for the services (header Sluice-Database), or rename "
                "them");
    spdlog::info("database {}: migration {} applied", database_->name,
                 each.name);
  }
  database_->has_schema.store(true, std::memory_order_release);
  return {};
}

codec::result<void>
write_group::migrate(std::string_view name, std::string_view sql,
                     const storage::execution_limits& limits) {
  if (auto there = check_files(); !there)
    return there;
  if (auto begun = transaction_.begin(); !begun) {
    give_up_if_damage(begun.error());
    return begun;
  }
  begun_ = clock::now();
  bytes_ = 0;
  auto done = run_migration(name, sql, limits);
  if (done)
    done = finish_group(true);
  else
    transaction_.roll_back();
  if (!done)
    give_up_if_damage(done.error());
  return done;
}

codec::result<void>
write_group::run_migration(std::string_view name, std::string_view sql,
                           const storage::execution_limits& limits) {
  // Nothing of it is a reply.
  auto unused = codec::json_writer{};
  auto ran = executor_.run_script({std::string{sql}}, limits, unused);
  if (!ran)
    return std::unexpected{std::move(ran.error())};
  if (transaction_.is_lost())
    return codec::fail(error_code::storage,
                       "SQLite rolled the transaction back");
  if (auto recorded = storage::record_migration(*connection_, limits, name);
      !recorded)
    return recorded;
  return connection_->check_deferred_keys();
}

} // namespace sluice::actors
