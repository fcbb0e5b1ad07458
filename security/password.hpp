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

/// How many times the cost of a scheme's own hashes a stored one may have, in
/// memory and in work, and still be computed: whoever can write to a table of
/// users could ask for all memory and time there is. What the default cost has
/// is computed always.
inline constexpr auto stored_cost_factor_max = 4u;

/// Argon2id (RFC 9106) through libsodium. Takes as long as its cost says, and
/// as much memory: for password_hasher's threads. Any thread.
class password_scheme {
public:
  explicit password_scheme(const password_cost& cost);

  /// What to store: algorithm, cost, salt and hash in one text.
  /// @return `overloaded` if there is not enough memory.
  [[nodiscard]] codec::result<std::string>
  hash(std::string_view password) const;

  /// A wrong password takes at least as much work as one of this scheme's
  /// hashes: also for a stored text that is no hash, or none at all, for one
  /// that costs too much, and for one of a lower cost. So nobody sees by the
  /// time that it takes which accounts there are.
  /// @return whether the password is the one; `overloaded` if there is not
  ///   enough memory.
  [[nodiscard]] codec::result<bool> verify(const std::string& stored,
                                           std::string_view password) const;

  /// The stored hash has another cost than this scheme.
  [[nodiscard]] bool is_outdated(const std::string& stored) const;

  /// The stored hash is one, but of a cost that is not computed.
  [[nodiscard]] bool costs_too_much(const std::string& stored) const;

  /// KiB of memory times passes over it, of all that was computed.
  [[nodiscard]] std::uint64_t work_kib() const noexcept {
    return work_kib_.load(std::memory_order_relaxed);
  }

  /// How often a hash was computed.
  [[nodiscard]] std::uint64_t operations() const noexcept {
    return operations_.load(std::memory_order_relaxed);
  }

private:
  enum class comparison : std::uint8_t { equal, different, no_hash, no_memory };
  [[nodiscard]] bool is_affordable(const password_cost& cost) const noexcept;
  [[nodiscard]] comparison compare(const std::string& stored,
                                   std::string_view password,
                                   const password_cost& cost) const;
  [[nodiscard]] comparison spend_rest(std::string_view password,
                                      const password_cost& spent) const;

  password_cost cost_;
  /// No password has this hash, which costs what others do.
  std::string nobodys_;
  mutable std::atomic<std::uint64_t> operations_ = 0;
  mutable std::atomic<std::uint64_t> work_kib_ = 0;
};

} // namespace sluice::security
