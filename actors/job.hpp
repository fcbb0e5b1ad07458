#pragma once

#include "actors/account_work.hpp"
#include "actors/cancellation.hpp"
#include "actors/reply_token.hpp"
#include "codec/bookmark.hpp"
#include "codec/query_request.hpp"
#include "services/databases.hpp"
#include "services/migrations.hpp"
#include "services/service_request.hpp"
#include "storage/connection.hpp"
#include "storage/idempotency.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace sluice::actors {

class open_database;

/// Owners: the catalog, the queue and the readers that serve it, the writer,
/// and each of its jobs. The last of them lets go; none of them is known to
/// outlive the others.
using open_database_ptr = std::shared_ptr<open_database>;

/// What a request asks for, decoded.
using job_body
    = std::variant<codec::query_request, codec::exec_request,
                   services::dump_database, services::create_database,
                   services::get_database, services::list_databases,
                   services::delete_database, services::service_request,
                   services::apply_migrations, services::list_migrations>;

/// Who is to run it.
enum class job_route : std::uint8_t {
  reader, ///< It looks as if it only read.
  writer, ///< It writes, or must come after the writes before it.
};

/// One request on its way through the server.
struct job {
  /// Set when the request is handed over; before `reply`, which gives a place
  /// back to it.
  open_database_ptr target;
  reply_token reply;
  job_body body;
  /// The database's name; empty for the catalogue's requests.
  std::string database;
  job_route route = job_route::writer;
  storage::deadline until = storage::no_deadline;
  codec::read_constraint constraint;
  /// Of a write with an idempotency key.
  std::optional<storage::request_identity> identity;
  /// Of one that needs a token or a password.
  std::unique_ptr<account_work> account;
  /// What it counts in the admission.
  std::size_t bytes = 0;
  /// Any thread may ask for its end while it runs.
  cancellation cancelled;
  /// A stream whose thread waits for its requester, or for NATS.
  std::atomic<bool> is_stalled = false;
  /// It has run for long, and computes in turns with others of its kind.
  std::atomic<bool> takes_turns = false;
  /// Its requester takes messages that only ask whether it is still there.
  bool wants_heartbeat = false;
  /// Whether it is; the supervisor's.
  std::unique_ptr<requester_watch> probe = {};
  std::chrono::steady_clock::time_point next_probe = {};
};

/// Shared only in form: a job has one owner at a time, but CAF's messages must
/// be copyable.
using job_ptr = std::shared_ptr<job>;

} // namespace sluice::actors
