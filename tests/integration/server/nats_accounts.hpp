#pragma once

#include <string>

/// An operator, an account and a user of NATS, as `nsc` makes them: claims in
/// JSON web tokens that are signed with NKeys.
namespace sluice::tests {

/// The seed of the user's NKey, and its public key.
inline constexpr auto user_seed
    = "SUAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YALCA";
inline constexpr auto user_key
    = "UDLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRUVAL";

/// A nats-server's configuration that trusts the operator.
[[nodiscard]] std::string accounts_configuration();

/// What a user's credentials file holds.
[[nodiscard]] std::string user_credentials();

} // namespace sluice::tests
