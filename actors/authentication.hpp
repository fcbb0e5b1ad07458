#pragma once

#include "actors/account_queue.hpp"
#include "config/settings.hpp"

#include "security/access_token.hpp"
#include "security/key_ring.hpp"
#include "security/login_throttle.hpp"
#include "security/password.hpp"
#include "security/refresh_token.hpp"
#include "security/request_seal.hpp"
#include "security/source_quota.hpp"

namespace sluice::actors {

/// What everybody shares who has to do with accounts. Any thread, but for the
/// keys' notes; outlives the actors.
struct authentication {
  /// @param settings and keys outlive this.
  authentication(const config::auth_settings& settings,
                 const security::server_keys& keys);

  const config::auth_settings& settings;
  const security::key_ring& keys;
  const security::token_rules rules;
  /// Makes tokens; those who check them have one of their own.
  const security::access_tokens issuer;
  const security::password_scheme passwords;
  security::login_throttle throttle;
  /// Of passwords to be stored.
  security::source_quota quota;
  const security::request_seal seal;
  const security::refresh_successors successors;
  /// What waits for a hash, and what for the check of a signature.
  account_queue hashing;
  account_queue checking;

  /// A key is accepted whose signatures take long to check.
  [[nodiscard]] bool needs_checker() const noexcept {
    return keys.has_public_keys();
  }
};

} // namespace sluice::actors
