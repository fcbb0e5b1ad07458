#pragma once

#include "tests/integration/services/service_server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// What a login gives.
struct login {
  std::string token;
  std::string refresh_token;
};

/// A server whose passwords are cheap to hash.
struct account_server : service_server {
  explicit account_server(std::vector<std::string> options = {});

  /// Registers NAME, with the address NAME@example.org and the password
  /// "password of NAME".
  login add_account(const std::string& name);
  [[nodiscard]] login log_in(const std::string& name);
  /// A request with a token.
  [[nodiscard]] reply ask_as(std::string_view token, const std::string& tail,
                             std::string_view body = "{}");
  reply must_as(std::string_view token, const std::string& tail,
                std::string_view body = "{}");
  /// "CODE NUMBER: MESSAGE" of one that must fail.
  [[nodiscard]] std::string failure_as(std::string_view token,
                                       const std::string& tail,
                                       std::string_view body = "{}");
  [[nodiscard]] reply refresh(std::string_view refresh_token);
};

/// The tokens of a reply.
[[nodiscard]] login login_of(const reply& got);

/// The body of a login.
[[nodiscard]] std::string credentials(std::string_view email,
                                      std::string_view password);

/// The options of a server whose passwords are cheap to hash, and more.
[[nodiscard]] std::vector<std::string>
cheap_passwords(std::vector<std::string> more = {});

inline const auto ended
    = std::string{"unauthenticated 401: the token's session has ended"};
inline const auto wrong_login
    = std::string{"unauthenticated 401: wrong e-mail address or password"};

} // namespace sluice::tests
