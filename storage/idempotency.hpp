#pragma once

#include "codec/error.hpp"
#include "codec/value.hpp"
#include "storage/connection.hpp"
#include "storage/process_clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::storage {

/// What tells a write from others: the client's `Nats-Msg-Id`, and a
/// fingerprint of what it asks for.
struct request_identity {
  std::string id;
  codec::blob fingerprint;
};

/// The replies of writes that carried an idempotency key, in the table
/// `_cf_KV` of the database that they changed: remembered in the same
/// transaction, so that a reply is there exactly if its write is
/// (docs/adr/0012).
///
/// How long one is kept is counted by a clock that does not jump: while the
/// process runs it goes on steadily, and from one process to the next it goes
/// on from the newest reply, by no more than half of the retention time. The
/// time that the system's clock tells then may be a wrong one; a reply that is
/// kept for too long does no harm, one that is gone too early has a write
/// executed twice (docs/adr/0039).
///
/// Call all but `open` inside a transaction of the writer. Belongs to the
/// connection's thread.
class idempotency {
public:
  using time_point = process_clock::time_point;

  /// Makes the table, in a new file.
  [[nodiscard]] static std::string_view table_sql() noexcept;

  /// Makes the table where it is missing: in a file from before there was one.
  /// @param connection a writer's; outlives this.
  /// @param now here and below: by one clock.
  [[nodiscard]] static codec::result<idempotency>
  open(connection& connection, std::chrono::seconds retention, time_point now);

  /// The reply that was given to this request within the retention time.
  /// @return nothing if it has not been here; `conflict` if its id came with
  ///   another payload.
  [[nodiscard]] codec::result<std::optional<std::string>>
  find(const request_identity& request, time_point now);

  /// Remembers a reply. Leaves `last_insert_rowid()` as it is.
  [[nodiscard]] codec::result<void> remember(const request_identity& request,
                                             std::string_view reply,
                                             time_point now);

  /// Some reply may have passed the retention time.
  [[nodiscard]] bool is_due(time_point now) const noexcept {
    return oldest_ && *oldest_ + retention_ <= now + ahead_;
  }

  /// Forgets expired replies, a bounded number at a time, but more than were
  /// remembered since the last call: they do not pile up.
  /// @return how many.
  [[nodiscard]] codec::result<std::size_t> forget_expired(time_point now);

private:
  idempotency(connection& connection, std::chrono::seconds retention) noexcept;
  [[nodiscard]] codec::result<void> find_oldest();
  [[nodiscard]] codec::result<void> go_on_from_newest(time_point now);
  [[nodiscard]] codec::result<void>
  run(std::string_view sql, const codec::positional_parameters& params);

  connection* connection_;
  std::chrono::seconds retention_;
  /// Of this database's time before that of the callers.
  time_point::duration ahead_{};
  /// When the oldest reply was remembered; after a rollback too early or too
  /// late, which the next look corrects.
  std::optional<time_point> oldest_;
  std::size_t remembered_ = 0;
};

} // namespace sluice::storage
