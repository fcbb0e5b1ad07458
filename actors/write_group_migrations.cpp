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
  auto version = connection_->integer("PRAGMA schema_version");
  if (!version)
    return std::unexpected{std::move(version.error())};
  // Trying it again and again would end the groups of others.
  if (schema_refusal_ && schema_refusal_->version == *version)
    return std::unexpected{schema_refusal_->cause};
  schema_refusal_.reset();
  auto made = make_schema(limits);
  if (!made && made.error().code == error_code::sql_error) {
    version = connection_->integer("PRAGMA schema_version");
    if (version)
      schema_refusal_ = {*version, made.error()};
  }
  return made;
}

codec::result<void>
write_group::make_schema(const storage::execution_limits& limits) {
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
    if (auto done = migrate({each.name, each.sql}, limits); !done)
      return std::unexpected{codec::reworded(
          done.error(),
          "the services' tables cannot be made in the database '"
              + database_->name + "' (migration " + std::string{each.name}
              + "): " + done.error().message
              + "; where it has tables of these names of its own, use another "
                "database for the services (header Sluice-Database), or rename "
                "them")};
    spdlog::info("database {}: migration {} applied", database_->name,
                 each.name);
  }
  database_->has_schema.store(true, std::memory_order_release);
  return {};
}

void write_group::apply_migrations(job& work,
                                   const services::apply_migrations& asked) {
  // What waits is answered first: a migration is a transaction of its own.
  commit();
  if (loss_) {
    work.reply.fail({error_code::storage, loss_->message});
    return;
  }
  auto is_answered = answer_again(work);
  const auto limits = limits_of(work);
  auto known = storage::applied_migrations(*connection_, limits);
  if (!is_answered || !known) {
    work.reply.fail(is_answered ? known.error() : is_answered.error());
    return;
  }
  if (*is_answered)
    return;
  auto due = std::vector<const services::named_migration*>{};
  auto names = std::vector<std::string_view>{};
  for (const auto& each : asked.migrations)
    if (known->insert(each.name).second) {
      due.push_back(&each);
      names.emplace_back(each.name);
    }
  const auto body = services::encode_applied(names);
  for (auto i = std::size_t{0}; i < due.size(); ++i) {
    auto wanted = migration{due[i]->name, due[i]->sql};
    // The reply is remembered with the last one.
    if (work.identity && i + 1 == due.size()) {
      wanted.reply = body;
      wanted.identity = &*work.identity;
    }
    if (auto done = migrate(wanted, limits); !done) {
      work.reply.fail(services::migration_failure(
          *due[i], std::span{names}.first(i), done.error()));
      return;
    }
  }
  work.reply.succeed(
      body, {.bookmark = codec::format_bookmark(transaction_.commit_number(),
                                                database_->uuid)});
}

codec::result<bool> write_group::answer_again(job& work) {
  const auto& identity = work.identity;
  if (!identity.has_value())
    return false;
  if (auto begun = transaction_.begin(); !begun)
    return std::unexpected{std::move(begun.error())};
  auto found = replies_.find(*identity, storage::process_clock::now());
  transaction_.end_empty();
  if (!found)
    return std::unexpected{std::move(found.error())};
  const auto& reply = *found;
  if (!reply.has_value())
    return false;
  work.reply.succeed(
      *reply, {.bookmark = codec::format_bookmark(transaction_.commit_number(),
                                                  database_->uuid),
               .is_replayed = true});
  return true;
}

codec::result<void>
write_group::migrate(const migration& wanted,
                     const storage::execution_limits& limits) {
  if (auto there = check_files(); !there)
    return there;
  if (auto allowed = check_wal(); !allowed)
    return allowed;
  if (auto looked = look_at_disk(); !looked)
    return looked;
  if (auto begun = transaction_.begin(); !begun) {
    judge(begun.error());
    return begun;
  }
  begun_ = clock::now();
  bytes_ = 0;
  auto done = run_migration(wanted, limits);
  if (done)
    return finish_group(true);
  transaction_.roll_back();
  judge(done.error());
  return done;
}

codec::result<void>
write_group::run_migration(const migration& wanted,
                           const storage::execution_limits& limits) {
  // One of comments only is applied as it is, as wrangler does.
  const auto is_blank = storage::skip_blank(wanted.sql).empty();
  if (!is_blank || wanted.sql.contains('\0')) {
    // Nothing of it is a reply.
    auto unused = codec::json_writer{};
    auto ran = executor_.run_script({std::string{wanted.sql}}, limits, unused);
    if (!ran)
      return std::unexpected{std::move(ran.error())};
  }
  if (transaction_.is_lost())
    return codec::fail(error_code::storage,
                       "SQLite rolled the transaction back");
  if (auto recorded
      = storage::record_migration(*connection_, limits, wanted.name);
      !recorded)
    return recorded;
  if (wanted.identity != nullptr)
    if (auto remembered = replies_.remember(*wanted.identity, wanted.reply,
                                            storage::process_clock::now());
        !remembered)
      return remembered;
  return connection_->check_deferred_keys();
}

} // namespace sluice::actors
