#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

/// The errors that a client can meet, as the protocol words them.
namespace sluice::codec {

/// Stable names on the wire; see the table "Replies and errors".
enum class error_code : std::uint8_t {
  bad_request,     ///< Not JSON, wrong type, missing or unknown field.
  sql_error,       ///< SQLite rejects the SQL.
  not_authorized,  ///< The statement is not allowed.
  unauthenticated, ///< Token or password missing or wrong.
  not_found,       ///< No such database, row or subject.
  conflict,        ///< UNIQUE or PRIMARY KEY violated; name taken.
  constraint,      ///< NOT NULL, CHECK, FOREIGN KEY violated.
  too_large,       ///< A limit; the message names it.
  overloaded,      ///< A queue is full; nothing was executed. Retryable.
  timeout,         ///< The deadline passed.
  unavailable,     ///< Shutting down or not ready. Retryable.
  storage,         ///< Disk full, I/O error, corruption.
  internal,        ///< A defect; the message carries an id in the log.
  // NOLINTNEXTLINE(readability-identifier-naming): looks like none of them.
  count_, ///< Not a code: how many there are.
};

/// "bad_request", "sql_error", …
[[nodiscard]] std::string_view name(error_code code) noexcept;

/// The number for the header `Nats-Service-Error-Code`, e.g. 400.
[[nodiscard]] std::uint16_t number(error_code code) noexcept;

/// Whether the same request may succeed later: overloaded and unavailable.
[[nodiscard]] bool is_retryable(error_code code) noexcept;

/// Whose fault a failure is: what is done about it depends on this, never on
/// the text of the message.
enum class fault_kind : std::uint8_t {
  unknown, ///< Nobody said; the code has to do.
  request, ///< The request's own: it concerns no other one.
  damage,  ///< A file is damaged, or another database's, as far as SQLite says.
  shortage, ///< Room, memory or descriptors are used up: it may succeed later.
  server,   ///< Sluice's own, or of the system that it runs on.
};

/// Which rule of a schema a write violates.
enum class constraint_kind : std::uint8_t {
  none,   ///< It failed for another reason.
  unique, ///< UNIQUE, PRIMARY KEY, or a rowid that is taken.
  not_null,
  check,
  foreign_key,
  other, ///< RAISE in a trigger, the type of a STRICT table, and others.
};

/// A failure on its way to the client.
struct error {
  error_code code = error_code::internal;
  std::string message = {};
  fault_kind fault = fault_kind::unknown;
  /// SQLite's extended result code; 0: it did not come from SQLite.
  int sqlite_code = 0;
  /// The system's error (errno) behind it; 0: none is known.
  int system_code = 0;
  constraint_kind violates = constraint_kind::none;
  /// Of `unique` and `not_null`: the columns as SQLite names them,
  /// "users.email", with ", " between them.
  std::string columns = {};
  /// The number of the statement in the script that it comes from, from 1; 0:
  /// it comes from no script.
  std::size_t statement = 0;
};

template <class T>
using result = std::expected<T, error>;

/// Shorthand for `return fail(error_code::conflict, "…");`.
[[nodiscard]] inline std::unexpected<error> fail(error_code code,
                                                 std::string message) {
  return std::unexpected<error>{error{code, std::move(message)}};
}

/// The same failure in other words.
[[nodiscard]] inline error reworded(error failure, std::string message) {
  failure.message = std::move(message);
  return failure;
}

/// What of a message is sent: SQLite's repeat what a client named, some of it
/// many times, and a reply has to fit into a message of NATS.
inline constexpr auto error_message_bytes_max = std::size_t{4'000};

/// The body of a failure:
/// {"success":false,"error":"…","code":"…","retryable":false}.
[[nodiscard]] std::string error_body(const error& failure);

} // namespace sluice::codec
