#include "security/password.hpp"

#include "codec/base64.hpp"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <charconv>
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

/// Whether libsodium may be asked to compute it.
bool is_usable(std::string_view stored) {
  if (stored.size() >= crypto_pwhash_STRBYTES || !stored.starts_with(prefix)
      || stored.contains('\0'))
    return false;
  stored.remove_prefix(prefix.size());
  const auto memory_kib = take_number(stored, ",t=");
  if (!memory_kib || *memory_kib > password_cost_max.memory_bytes / kibibyte)
    return false;
  const auto passes = take_number(stored, ",p=1$");
  return passes && *passes >= 1 && *passes <= password_cost_max.passes;
}

enum class comparison : std::uint8_t { equal, different, no_hash, no_memory };

comparison compare(const std::string& stored, std::string_view password) {
  errno = 0;
  if (crypto_pwhash_str_verify(stored.c_str(), password.data(), password.size())
      == 0)
    return comparison::equal;
  // libsodium sets EINVAL where it has compared, and the system ENOMEM.
  if (errno == ENOMEM)
    return comparison::no_memory;
  return errno == EINVAL ? comparison::different : comparison::no_hash;
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
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(),
                            cost_.passes,
                            static_cast<std::size_t>(cost_.memory_bytes),
                            crypto_pwhash_ALG_ARGON2ID13)
      != 0)
    return no_memory();
  return std::string{text.data()};
}

codec::result<bool> password_scheme::verify(const std::string& stored,
                                            std::string_view password) const {
  operations_.fetch_add(1, std::memory_order_relaxed);
  auto answer
      = is_usable(stored) ? compare(stored, password) : comparison::no_hash;
  // Nobody is to see by the time it takes which accounts there are.
  const auto is_nobodys = answer == comparison::no_hash;
  if (is_nobodys)
    answer = compare(nobodys_, password);
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
