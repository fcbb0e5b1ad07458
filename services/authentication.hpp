#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::services {

/// Where a request has the token of the user for whom it is.
enum class token_place : std::uint8_t {
  none,   ///< It is for nobody: its sender is trusted.
  header, ///< Authorization
  field,  ///< "token"
};

/// What a request does with a login that lasts.
enum class session_use : std::uint8_t {
  none,
  begins, ///< A new one, with a refresh token.
  renews, ///< The one that the field "refresh_token" is of, with a new one.
  names,  ///< The same, if the request has that field; it gets no new one.
};

/// What an operation needs before its statements run (docs/authentication.md).
/// Its statements get more values by name:
///
///     :caller_id, :caller_session  whom the token speaks for; the session is
///                                  looked up before the first statement
///     :token_expires_at            of that token
///     :account_id, :account_hash   what `account_sql` found
///     :password_hash               of `hashed`; where a right password's hash
///                                  is out of date, its new one
///     :session, :family_hash, :token_hash, :session_expires_at, :sessions_max
///                                  of the session that begins or goes on
///     :given_family, :given_token  hashes of the field "refresh_token"
///     :grace_since                 since when a token that was spent gets its
///                                  successor again; not there: never
struct authentication_rules {
  token_place token = token_place::none;
  /// The text field with a password to be stored; empty: there is none.
  std::string_view hashed = {};
  /// The text field with a password that must be right.
  std::string_view checked = {};
  /// It must be so only where the request has this field; empty: always.
  std::string_view checked_with = {};
  /// Finds whose password it must be: a row with its id and hash, or none.
  std::string_view account_sql = {};
  session_use session = session_use::none;
  /// What `checked` is told where it is wrong, or there is no account.
  std::string_view refusal = {};
  /// Passwords or tokens are in the request or in its reply.
  bool is_secret = false;

  [[nodiscard]] constexpr bool is_empty() const noexcept {
    return token == token_place::none && hashed.empty() && checked.empty()
           && session == session_use::none && !is_secret;
  }
};

} // namespace sluice::services
