#pragma once

#include <cstdint>
#include <string>

namespace sluice::services {

/// Whose session tokens are for.
struct token_owner {
  std::int64_t user_id = 0;
  /// The session's public id.
  std::string session;
};

/// What a login or a renewal gives.
struct issued_tokens {
  std::string access_token;
  std::string refresh_token;
  std::int64_t expires_in_s = 0;
};

} // namespace sluice::services
