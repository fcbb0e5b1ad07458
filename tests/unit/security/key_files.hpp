#pragma once

#include <string>

namespace sluice::tests {

/// A new private key in PEM (PKCS #8).
/// @param type "ED25519", "EC" (with `curve`) or "RSA".
struct key_type {
  const char* type = "ED25519";
  const char* curve = nullptr;
};
std::string make_private_pem(const key_type& type);

inline constexpr auto ed25519 = key_type{};
inline constexpr auto p256 = key_type{"EC", "P-256"};
inline constexpr auto p384 = key_type{"EC", "P-384"};

/// A new RSA key.
std::string make_rsa_pem();

/// The same key, encrypted with a password.
std::string encrypt_pem(const std::string& private_pem);

/// Its public half (SPKI).
std::string public_pem_of(const std::string& private_pem);

/// PEM around bytes that are given in hexadecimal digits.
std::string pem_of(const std::string& label, const std::string& hex);

} // namespace sluice::tests
