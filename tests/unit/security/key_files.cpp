#include "tests/unit/security/key_files.hpp"

#include "codec/base64.hpp"

#include <catch2/catch_test_macros.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice::tests {

namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_vfree)>;

bio_ptr make_buffer() {
  return {BIO_new(BIO_s_mem()), BIO_vfree};
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string write_private(EVP_PKEY* key) {
  REQUIRE(key != nullptr);
  const auto out = make_buffer();
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0,
                                        nullptr, nullptr)
          == 1);
  return text_of(out.get());
}

key_ptr read_private(const std::string& pem) {
  const auto in = bio_ptr{
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_vfree};
  auto key
      = key_ptr{PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr),
                EVP_PKEY_free};
  REQUIRE(key);
  return key;
}

} // namespace

std::string make_private_pem(const key_type& type) {
  const auto key = key_ptr{
      type.curve == nullptr
          ? EVP_PKEY_Q_keygen(nullptr, nullptr, type.type)
          : EVP_PKEY_Q_keygen(nullptr, nullptr, type.type, type.curve),
      EVP_PKEY_free};
  return write_private(key.get());
}

std::string make_rsa_pem() {
  const auto key
      = key_ptr{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2'048}),
                EVP_PKEY_free};
  return write_private(key.get());
}

std::string encrypt_pem(const std::string& private_pem) {
  const auto key = read_private(private_pem);
  const auto out = make_buffer();
  const auto password = std::string{"pass phrase"};
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(
              out.get(), key.get(), EVP_aes_256_cbc(), password.data(),
              static_cast<int>(password.size()), nullptr, nullptr)
          == 1);
  return text_of(out.get());
}

std::string public_pem_of(const std::string& private_pem) {
  const auto key = read_private(private_pem);
  const auto out = make_buffer();
  REQUIRE(PEM_write_bio_PUBKEY(out.get(), key.get()) == 1);
  return text_of(out.get());
}

std::string pem_of(const std::string& label, const std::string& hex) {
  auto bytes = std::vector<std::byte>{};
  for (auto i = std::size_t{0}; i + 1 < hex.size(); i += 2)
    bytes.push_back(
        static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return "-----BEGIN " + label + "-----\n" + codec::base64_encode(bytes)
         + "\n-----END " + label + "-----\n";
}

} // namespace sluice::tests
