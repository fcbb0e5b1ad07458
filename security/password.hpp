#pragma once

#include "codec/error.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Passwords, keys and tokens. No threads, no CAF, no NATS; files only where a
/// name says so.
namespace sluice::security {

inline constexpr auto password_bytes_min = std::size_t{8};
inline constexpr auto password_bytes_max = std::size_t{1'024};

/// @param field its name in the request.
/// @return `bad_request` naming the field and the bounds.
[[nodiscard]] codec::result<void> check_password(std::string_view password,
                                                 std::string_view field);

/// What one hash takes.
struct password_cost {
  std::uint64_t memory_bytes = 64u << 20;
  std::uint32_t passes = 2;
};

/// The most that a stored hash may ask for when a password is checked: whoever
/// can write to the table of users could ask for all memory there is.
inline constexpr auto password_cost_max
    = password_cost{.memory_bytes = 1u << 30, .passes = 64};

/// Argon2id (RFC 9106) through libsodium. Takes as long as its cost says, and
/// as much memory: for password_hasher's threads. Any thread.
class password_scheme {
public:
  explicit password_scheme(const password_cost& cost);

  /// What to store: algorithm, cost, salt and hash in one text.
  /// @return `overloaded` if there is not enough memory.
  [[nodiscard]] codec::result<std::string>
  hash(std::string_view password) const;

  /// Takes as long for a stored text that is no hash, or none at all, as for
  /// one of this scheme.
  /// @return whether the password is the one; `overloaded` if there is not
  ///   enough memory.
  [[nodiscard]] codec::result<bool> verify(const std::string& stored,
                                           std::string_view password) const;

  /// The stored hash has another cost than this scheme.
  [[nodiscard]] bool is_outdated(const std::string& stored) const;

  /// How often a hash was computed.
  [[nodiscard]] std::uint64_t operations() const noexcept {
    return operations_.load(std::memory_order_relaxed);
  }

private:
  password_cost cost_;
  /// No password has this hash, which costs what others do.
  std::string nobodys_;
  mutable std::atomic<std::uint64_t> operations_ = 0;
};

} // namespace sluice::security
