#pragma once

#include "codec/value.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

/// Refresh tokens: 32 random bytes in base64url, of which only hashes are
/// stored (docs/adr/0024).
///
/// The first half stays the same as long as the session lasts, and finds it;
/// the second half is new with each use. So one row for each session is enough
/// to tell a token that was used before (its first half is known, its second
/// is not the present one) from one that never was.
///
/// The second half follows from the token before and the server's secret, so
/// the successor of a token that was just spent can be told once more without
/// being stored (docs/adr/0024).
namespace sluice::security {

/// What is stored of a token.
struct refresh_token_hashes {
  codec::blob session;
  codec::blob whole;
};

struct refresh_token {
  std::string text;
  refresh_token_hashes hashes;
};

/// A session's first token.
[[nodiscard]] refresh_token make_refresh_token();

/// Makes the successors of tokens. Any thread.
class refresh_successors {
public:
  /// @param secret the server's; see `server_keys`.
  explicit refresh_successors(std::string_view secret);

  /// The token that takes the place of `spent`, which `hash_refresh_token`
  /// took: always the same.
  [[nodiscard]] refresh_token of(std::string_view spent) const;

private:
  std::array<unsigned char, 32> key_;
};

/// @return nothing for a text that is no refresh token.
[[nodiscard]] std::optional<refresh_token_hashes>
hash_refresh_token(std::string_view text);

/// The public name of a session, in tokens and in the log: 16 random bytes in
/// base64url. It opens nothing.
[[nodiscard]] std::string make_session_id();

} // namespace sluice::security
