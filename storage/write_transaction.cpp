#include "storage/write_transaction.hpp"

#include "storage/file_fault.hpp"
#include "storage/idempotency.hpp"

#include <tuple>

namespace sluice::storage {

namespace {

constexpr auto create_state_sql = std::string_view{
    "CREATE TABLE IF NOT EXISTS _cf_METADATA(id INTEGER PRIMARY KEY CHECK(id "
    "= "
    "1), database_uuid TEXT NOT NULL, commit_number INTEGER NOT NULL)"};

} // namespace

write_transaction::write_transaction(connection& connection,
                                     std::uint64_t commit_number)
    : connection_{&connection}, commit_number_{commit_number} {
  // nop
}

codec::result<write_transaction>
write_transaction::open(connection& connection, std::string_view uuid) {
  const auto is_new = connection.integer(
      "SELECT count(*) = 0 FROM sqlite_schema WHERE name = '_cf_METADATA'");
  if (!is_new)
    return std::unexpected{is_new.error()};
  // A file that has been in use has the table.
  if (*is_new != 0 && !connection.options().creates)
    return std::unexpected{stateless_file()};
  if (*is_new != 0) {
    const auto insert_sql
        = "INSERT INTO _cf_METADATA VALUES (1, '" + std::string{uuid} + "', 0)";
    for (const auto sql :
         {std::string_view{"BEGIN IMMEDIATE"}, create_state_sql,
          std::string_view{insert_sql}, idempotency::table_sql(),
          std::string_view{"COMMIT"}})
      if (auto done = connection.run_once(sql); !done)
        return std::unexpected{done.error()};
  }
  auto stored = connection.text("SELECT database_uuid FROM _cf_METADATA");
  if (!stored)
    return std::unexpected{stored.error()};
  if (*stored != uuid)
    return std::unexpected{foreign_file(*stored, uuid)};
  auto number = connection.integer("SELECT commit_number FROM _cf_METADATA");
  if (!number)
    return std::unexpected{number.error()};
  return write_transaction{connection, static_cast<std::uint64_t>(*number)};
}

codec::result<void> write_transaction::begin() {
  return connection_->run("BEGIN IMMEDIATE");
}

codec::result<void> write_transaction::begin_request() {
  return connection_->run("SAVEPOINT request");
}

codec::result<void> write_transaction::keep_request() {
  if (auto held = connection_->check_deferred_keys(); !held)
    return held;
  return connection_->run("RELEASE request");
}

codec::result<void> write_transaction::keep_first_request() {
  return connection_->check_deferred_keys();
}

void write_transaction::undo_first_request() {
  // SQLite has forgotten more than the request changed.
  if (is_lost() || connection_->authorizer().schema_touched())
    connection_->forget_schema();
  end_empty();
  std::ignore = connection_->drop_temporary_storage();
}

codec::result<void> write_transaction::undo_request() {
  if (connection_->authorizer().schema_touched())
    connection_->forget_schema();
  if (auto undone = connection_->run("ROLLBACK TO request"); !undone)
    return undone;
  return connection_->run("RELEASE request");
}

bool write_transaction::is_lost() const noexcept {
  return !connection_->in_transaction();
}

codec::result<void> write_transaction::commit(bool changed_db) {
  if (changed_db)
    if (auto counted = connection_->run("UPDATE _cf_METADATA SET "
                                        "commit_number = commit_number + 1");
        !counted)
      return counted;
  if (auto committed = connection_->commit(); !committed)
    return committed;
  if (changed_db)
    ++commit_number_;
  // It is committed; what is not given back now is with the next commit.
  std::ignore = connection_->drop_temporary_storage();
  return {};
}

void write_transaction::end_empty() {
  // ROLLBACK fails only where SQLite has rolled back by itself.
  if (!is_lost())
    std::ignore = connection_->run("ROLLBACK");
}

void write_transaction::roll_back() {
  // What is known about the schema may be undone as well.
  connection_->forget_schema();
  end_empty();
  std::ignore = connection_->drop_temporary_storage();
}

} // namespace sluice::storage
