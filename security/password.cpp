#include "security/password.hpp"

#include "codec/base64.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::security {

using codec::error_code;

namespace {

constexpr auto prefix = std::string_view{"$argon2id$v=19$m="};
constexpr auto kibibyte = std::uint64_t{1'024};

std::string random_text(std::size_t bytes) {
  auto noise = std::vector<std::byte>(bytes);
  randombytes_buf(noise.data(), noise.size());
  auto result = codec::base64_encode(noise);
  while (result.ends_with('='))
    result.pop_back();
  return result;
}

/// Takes a number off the front of `text`, and `separator` behind it.
std::optional<std::uint64_t> take_number(std::string_view& text,
                                         std::string_view separator) {
  auto number = std::uint64_t{0};
  const auto [stop, problem]
      = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{})
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (!text.starts_with(separator))
    return std::nullopt;
  text.remove_prefix(separator.size());
  return number;
}

/// The cost of a stored hash; nothing for a text that libsodium does not take.
std::optional<password_cost> cost_of(std::string_view stored) {
  if (stored.size() >= crypto_pwhash_STRBYTES || !stored.starts_with(prefix)
      || stored.contains('\0'))
    return std::nullopt;
  stored.remove_prefix(prefix.size());
  const auto memory_kib = take_number(stored, ",t=");
  if (!memory_kib || *memory_kib > UINT32_MAX)
    return std::nullopt;
  const auto passes = take_number(stored, ",p=1$");
  if (!passes || *passes < 1 || *passes > UINT32_MAX)
    return std::nullopt;
  return password_cost{.memory_bytes = *memory_kib * kibibyte,
                       .passes = static_cast<std::uint32_t>(*passes)};
}

/// About proportional to the time that a hash takes.
std::uint64_t work_of(const password_cost& cost) noexcept {
  return cost.memory_bytes / kibibyte * cost.passes;
}

std::unexpected<codec::error> no_memory() {
  return codec::fail(error_code::overloaded,
                     "there is not enough memory to check a password now "
                     "(auth.password_memory_bytes)");
}

} // namespace

codec::result<void> check_password(std::string_view password,
                                   std::string_view field) {
  if (password.size() >= password_bytes_min
      && password.size() <= password_bytes_max)
    return {};
  return codec::fail(error_code::bad_request,
                     "the field '" + std::string{field} + "' must have "
                         + std::to_string(password_bytes_min) + " to "
                         + std::to_string(password_bytes_max) + " bytes");
}

password_scheme::password_scheme(const password_cost& cost)
    : cost_{cost}, nobodys_{std::string{prefix}
                            + std::to_string(cost.memory_bytes / kibibyte)
                            + ",t=" + std::to_string(cost.passes) + ",p=1$"
                            + random_text(crypto_pwhash_argon2id_SALTBYTES)
                            + "$" + random_text(32)} {
  // nop
}

codec::result<std::string>
password_scheme::hash(std::string_view password) const {
  auto text = std::array<char, crypto_pwhash_STRBYTES>{};
  operations_.fetch_add(1, std::memory_order_relaxed);
  work_kib_.fetch_add(work_of(cost_), std::memory_order_relaxed);
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(),
                            cost_.passes,
                            static_cast<std::size_t>(cost_.memory_bytes),
                            crypto_pwhash_ALG_ARGON2ID13)
      != 0)
    return no_memory();
  return std::string{text.data()};
}

password_scheme::comparison
password_scheme::compare(const std::string& stored, std::string_view password,
                         const password_cost& cost) const {
  work_kib_.fetch_add(work_of(cost), std::memory_order_relaxed);
  errno = 0;
  if (crypto_pwhash_str_verify(stored.c_str(), password.data(), password.size())
      == 0)
    return comparison::equal;
  // libsodium sets EINVAL where it has compared, and the system ENOMEM.
  if (errno == ENOMEM)
    return comparison::no_memory;
  return errno == EINVAL ? comparison::different : comparison::no_hash;
}

/// What a hash of this scheme would have cost beyond one that was computed.
password_scheme::comparison
password_scheme::spend_rest(std::string_view password,
                            const password_cost& spent) const {
  const auto all = work_of(cost_);
  const auto done = work_of(spent);
  const auto rest = done < all ? all - done : 0;
  const auto memory = rest / cost_.passes * kibibyte;
  if (memory < crypto_pwhash_MEMLIMIT_MIN)
    return comparison::different;
  work_kib_.fetch_add(rest / cost_.passes * cost_.passes,
                      std::memory_order_relaxed);
  auto unused = std::array<unsigned char, 32>{};
  constexpr auto salt = std::array<unsigned char, crypto_pwhash_SALTBYTES>{};
  return crypto_pwhash(unused.data(), unused.size(), password.data(),
                       password.size(), salt.data(), cost_.passes,
                       static_cast<std::size_t>(memory),
                       crypto_pwhash_ALG_ARGON2ID13)
                 == 0
             ? comparison::different
             : comparison::no_memory;
}

bool password_scheme::is_affordable(const password_cost& cost) const noexcept {
  constexpr auto usual = password_cost{};
  const auto memory_max = std::max(stored_cost_factor_max * cost_.memory_bytes,
                                   usual.memory_bytes);
  const auto work_max
      = std::max(stored_cost_factor_max * work_of(cost_), work_of(usual));
  return cost.memory_bytes <= memory_max && work_of(cost) <= work_max;
}

bool password_scheme::costs_too_much(const std::string& stored) const {
  const auto cost = cost_of(stored);
  return cost && !is_affordable(*cost);
}

codec::result<bool> password_scheme::verify(const std::string& stored,
                                            std::string_view password) const {
  operations_.fetch_add(1, std::memory_order_relaxed);
  const auto cost = cost_of(stored);
  auto answer = cost && is_affordable(*cost) ? compare(stored, password, *cost)
                                             : comparison::no_hash;
  if (cost && answer == comparison::different)
    answer = spend_rest(password, *cost);
  const auto is_nobodys = answer == comparison::no_hash;
  if (is_nobodys)
    answer = compare(nobodys_, password, cost_);
  if (answer == comparison::no_memory)
    return no_memory();
  return answer == comparison::equal && !is_nobodys;
}

bool password_scheme::is_outdated(const std::string& stored) const {
  return crypto_pwhash_str_needs_rehash(
             stored.c_str(), cost_.passes,
             static_cast<std::size_t>(cost_.memory_bytes))
         != 0;
}

} // namespace sluice::security
