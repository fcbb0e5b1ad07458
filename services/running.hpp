#pragma once

#include "codec/error.hpp"
#include "codec/value.hpp"
#include "services/reply_member.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What runs for a database: `db.<db>.running` and `.cancel`.
namespace sluice::services {

/// One request that runs.
struct running_request {
  /// For `cancel`; of use for this request only.
  std::string id;
  /// The beginning of its text, or the name of a service's operation.
  std::string sql;
  /// Since it began to run.
  std::chrono::milliseconds ran{};
  /// read, stream, dump or write.
  std::string_view kind;
  /// It waits for its requester, or for NATS.
  bool is_waiting = false;
};

/// Of `sql`.
inline constexpr auto running_sql_bytes_max = std::size_t{1'024};

inline constexpr auto running_request_members = std::array{
    text_member("id"),   text_member("sql"),        integer_member("ms"),
    text_member("kind"), boolean_member("waiting"),
};
/// `queued`: requests that have not begun.
inline constexpr auto running_members = std::array{
    list_member("running", running_request_members),
    integer_member("queued"),
};

/// @return `bad_request` naming the field.
[[nodiscard]] codec::result<void>
decode_running(const codec::named_parameters& fields);
/// @return the id.
[[nodiscard]] codec::result<std::string>
decode_cancel(const codec::named_parameters& fields);

/// The beginning of a text, cut between characters.
[[nodiscard]] std::string running_excerpt(std::string_view sql);

[[nodiscard]] std::string
encode_running(std::span<const running_request> running, std::uint64_t queued);
[[nodiscard]] std::string encode_cancelled();

} // namespace sluice::services
