#pragma once

#include "codec/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::security {

/// The algorithms of RFC 7518 and RFC 8037 that Sluice signs with. There is no
/// other, and the key decides which one it is.
enum class key_algorithm : std::uint8_t {
  hs256, ///< HMAC with SHA-256: who can verify can sign.
  eddsa, ///< Ed25519.
  es256, ///< ECDSA on P-256 with SHA-256.
};

/// "HS256", "EdDSA", "ES256".
[[nodiscard]] std::string_view name(key_algorithm algorithm) noexcept;

inline constexpr auto secret_bytes_min = std::size_t{32};
inline constexpr auto secret_bytes_max = std::size_t{4'096};

/// A key that signs tokens, or one that only verifies them. Any thread.
class signing_key {
public:
  /// A shared secret, for HS256: visible ASCII, so that no key file of another
  /// kind can be taken for one.
  /// @return what is wrong with it, without it.
  [[nodiscard]] static codec::result<signing_key>
  from_secret(std::string secret);

  /// The same of any bytes, which a program made.
  [[nodiscard]] static codec::result<signing_key> from_bytes(std::string bytes);

  /// A private or public key of Ed25519 or P-256 in PEM (PKCS #8, SEC 1, SPKI).
  [[nodiscard]] static codec::result<signing_key>
  from_pem(std::string_view pem);

  signing_key(signing_key&&) noexcept;
  signing_key& operator=(signing_key&&) noexcept;
  ~signing_key();

  [[nodiscard]] key_algorithm algorithm() const noexcept;

  /// Its name in tokens: the thumbprint of RFC 7638 of a public key, a part of
  /// a keyed hash of a secret.
  [[nodiscard]] const std::string& kid() const noexcept;

  [[nodiscard]] bool can_sign() const noexcept;

  /// The signature's bytes as RFC 7515 wants them.
  [[nodiscard]] codec::result<std::string> sign(std::string_view input) const;

  [[nodiscard]] bool verify(std::string_view input,
                            std::string_view signature) const;

  /// The public key as a JSON Web Key; empty for a secret.
  [[nodiscard]] const std::string& public_jwk() const noexcept;

private:
  struct impl;
  explicit signing_key(std::unique_ptr<impl> state) noexcept;
  std::unique_ptr<impl> impl_;
};

/// Whether a text looks like PEM, wherever it begins.
[[nodiscard]] bool is_pem(std::string_view text) noexcept;

} // namespace sluice::security
