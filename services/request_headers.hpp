#pragma once

#include "codec/bookmark.hpp"
#include "codec/error.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The protocol's request headers.
namespace sluice::services {

/// The values of a request's headers as they came; empty: absent. Views.
struct raw_headers {
  std::string_view timeout_ms = {}; ///< Sluice-Timeout-Ms
  std::string_view sent_ms = {};    ///< Sluice-Sent-Ms
  std::string_view bookmark = {};   ///< Sluice-Bookmark
  std::string_view message_id = {}; ///< Nats-Msg-Id
  std::string_view stream = {};     ///< Sluice-Stream
  std::string_view window = {};     ///< Sluice-Window
  std::string_view heartbeat = {};  ///< Sluice-Heartbeat
};

/// What they ask for.
struct request_headers {
  /// The caller's patience, within its bound.
  std::chrono::milliseconds timeout{};
  /// When it was sent, since 1970, by the client's clock.
  std::optional<std::chrono::milliseconds> sent;
  codec::read_constraint constraint;
  /// Idempotency key of a write; empty: none.
  std::string message_id;
  /// The rows are to come as several messages.
  bool wants_stream = false;
  /// How many of them may be unanswered: the requester answers each. 0: it does
  /// not.
  std::uint32_t window = 0;
  /// While it runs, messages may come that only ask whether somebody listens.
  bool wants_heartbeat = false;
};

inline constexpr auto stream_window_max = std::uint32_t{1'024};

inline constexpr auto message_id_bytes_max = std::size_t{255};

/// @return `bad_request` naming the header.
[[nodiscard]] codec::result<request_headers>
parse_request_headers(const raw_headers& raw,
                      const config::limit_settings& limits);

} // namespace sluice::services
