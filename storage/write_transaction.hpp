#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::storage {

/// The transactions of a database's writer: one for a group of requests, with
/// a savepoint around each request, and a number for each commit.
///
/// The number only grows, is stored in the same transaction as the changes
/// (table `_cf_METADATA`), and is the bookmark (docs/adr/0003). Belongs to
/// the writer's thread.
class write_transaction {
public:
  /// Reads the number. Makes Sluice's own table where it is missing, if the
  /// connection may make a file; else such a file is refused.
  /// @param connection a writer's; outlives this.
  /// @param uuid the database's; a file of another database is refused.
  [[nodiscard]] static codec::result<write_transaction>
  open(connection& connection, std::string_view uuid);

  /// The number of the last commit.
  [[nodiscard]] std::uint64_t commit_number() const noexcept {
    return commit_number_;
  }

  /// BEGIN IMMEDIATE.
  [[nodiscard]] codec::result<void> begin();

  /// Opens the savepoint of one request.
  [[nodiscard]] codec::result<void> begin_request();

  /// Keeps what the request did. Fails if it left foreign keys violated: a
  /// deferred constraint must hold at the end of its request, since the
  /// others in the group have nothing to do with it.
  [[nodiscard]] codec::result<void> keep_request();

  /// Keeps what a request did that is the first of the transaction, and has no
  /// savepoint.
  [[nodiscard]] codec::result<void> keep_first_request();

  /// Undoes what the first request did, which has no savepoint, by ending the
  /// transaction.
  void undo_first_request();

  /// Undoes what the request did.
  /// @return an error if the transaction is lost with it.
  [[nodiscard]] codec::result<void> undo_request();

  /// SQLite rolled the whole transaction back by itself
  /// (https://www.sqlite.org/lang_transaction.html, section 3.1).
  [[nodiscard]] bool is_lost() const noexcept;

  /// Commits, with the next number if anything changed.
  /// @return an error where nothing was committed; `roll_back` then.
  [[nodiscard]] codec::result<void> commit(bool changed_db);

  /// Ends a transaction in which nothing is left: its only request was undone.
  void end_empty();

  /// Undoes everything since `begin`.
  void roll_back();

private:
  write_transaction(connection& connection, std::uint64_t commit_number);

  connection* connection_;
  std::uint64_t commit_number_;
};

} // namespace sluice::storage
