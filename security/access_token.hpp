#pragma once

#include "codec/error.hpp"
#include "codec/query_request.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "security/key_ring.hpp"

namespace sluice::security {

/// Whom a token speaks for.
struct token_subject {
  std::int64_t user_id = 0;
  /// The login that it came from: the session's public id.
  std::string session = {};
  /// The database in which both are.
  std::string database = {};

  bool operator==(const token_subject&) const = default;
};

/// What is asked of a token besides its signature.
struct token_rules {
  std::string issuer = "sluice";
  std::string audience = "sluice";
  std::chrono::seconds lifetime{900};
  /// How far ahead of this server's clock another one's may be.
  std::chrono::seconds leeway{5};
};

/// A token is looked at only up to here.
inline constexpr auto token_bytes_max = std::size_t{2'048};

/// What a good token says.
struct token_claims {
  token_subject subject;
  std::chrono::sys_seconds issued_at;
  std::chrono::sys_seconds expires_at;
};

/// Makes and checks access tokens: JSON Web Tokens in compact form (RFC 7515,
/// RFC 7519) with a fixed header and flat claims. Belongs to one thread: it
/// keeps a parser. Copies of the keys are not made.
class access_tokens {
public:
  using time_point = std::chrono::system_clock::time_point;

  /// @param keys outlives this.
  access_tokens(const key_ring& keys, token_rules rules);

  [[nodiscard]] codec::result<std::string> issue(const token_subject& subject,
                                                 time_point now) const;

  /// @return `unauthenticated`: that the token has expired, if that is all that
  ///   is wrong with it, or that it is not valid, without saying why.
  [[nodiscard]] codec::result<token_claims> verify(std::string_view token,
                                                   time_point now);

  [[nodiscard]] std::chrono::seconds lifetime() const noexcept {
    return rules_.lifetime;
  }

private:
  [[nodiscard]] codec::result<token_claims>
  check(const codec::named_parameters& claims, time_point now) const;

  const key_ring& keys_;
  token_rules rules_;
  codec::request_decoder decoder_;
};

/// The token of the header `Authorization`, which must be `Bearer <token>`.
/// @return a view into it; `unauthenticated` if it is missing or anything else.
[[nodiscard]] codec::result<std::string_view>
parse_authorization(std::string_view header);

} // namespace sluice::security
