#pragma once

#include "actors/reply_token.hpp"
#include "actors/streamed_reply.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::actors {

/// What a write answers with, once it is committed.
struct write_reply {
  /// What a stream sends before; empty where it is none.
  std::vector<reply_part> parts;
  std::string body;

  /// Bytes of all its messages.
  [[nodiscard]] std::size_t bytes() const noexcept;

  void send(reply_token& to, const reply_token::success_options& options);
};

/// As one text, to be remembered: a line for each part and one for the body.
/// JSON as Sluice writes it has no line breaks.
[[nodiscard]] std::string to_text(const write_reply& reply);

/// @return nothing for a text that `to_text` did not make.
[[nodiscard]] std::optional<write_reply>
parse_write_reply(std::string_view text);

} // namespace sluice::actors
