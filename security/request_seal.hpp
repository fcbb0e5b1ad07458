#pragma once

#include "codec/value.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::security {

/// Keeps what is remembered of requests with passwords and tokens in them
/// (docs/adr/0025): a database's file alone gives neither away, and nobody who
/// has it can try passwords against it. Any thread.
class request_seal {
public:
  /// @param secret the server's; see `server_keys`.
  explicit request_seal(std::string_view secret);

  /// Tells requests apart as `codec::fingerprint` does, but only for who has
  /// the secret.
  [[nodiscard]] codec::blob
  fingerprint(std::initializer_list<std::string_view> parts) const;

  /// Encrypts a reply, for `open` with the same request.
  /// @param request what it answers: its payload is a part of the key, so that
  ///   the secret alone does not open what it got.
  [[nodiscard]] std::string seal(std::string_view reply,
                                 std::string_view request) const;

  /// @return nothing if it was not sealed with this secret for that request.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed,
                                                std::string_view request) const;

private:
  using seal_key = std::array<unsigned char, 32>;
  [[nodiscard]] seal_key key_for(std::string_view request) const;
  seal_key fingerprint_key_;
  seal_key reply_key_;
};

} // namespace sluice::security
