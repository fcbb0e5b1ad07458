#pragma once

#include "actors/open_databases.hpp"
#include "actors/reply_token.hpp"
#include "actors/result_cache.hpp"
#include "config/settings.hpp"
#include "storage/data_directory.hpp"

#include <string>

namespace sluice::actors {

class running_requests;

struct authentication;

/// What every actor that serves databases needs; outlives them all.
struct serving_context {
  const config::settings& settings;
  const storage::data_directory& directory;
  /// `served_by` in replies.
  const std::string& server_name;
  reply_context& replies;
  open_databases& databases;
  read_queue& queue;
  result_cache& results;
  authentication& accounts;
  const running_requests& running;
};

/// Rows are counted while they are read (executor.hpp), but a batch also has a
/// result for each of its statements.
/// @return `too_large` for a body that does not fit into one message.
[[nodiscard]] codec::result<void>
check_reply_size(const serving_context& context, std::size_t body_bytes);

/// Asked before a request is accepted, and again before it is executed.
/// @return `overloaded` while NATS does not take the replies that are there, on
///   the connection by which this one would go.
[[nodiscard]] codec::result<void>
check_room_for_reply(const reply_token& token);

/// What a request is told whose deadline passed before it began.
[[nodiscard]] codec::error late_in_queue();

/// What one is told that was cancelled while it ran.
[[nodiscard]] codec::error cancelled_error(const job& work);
/// The same, where that is why it failed.
[[nodiscard]] codec::error as_cancelled(const job& work,
                                        const codec::error& cause);

/// The options of a connection to a database.
[[nodiscard]] storage::connection_options
connection_options_of(const config::settings& settings, storage::access access);

} // namespace sluice::actors
