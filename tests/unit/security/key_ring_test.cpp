#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"
#include "tests/unit/security/key_files.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include <filesystem>

#include "security/key_ring.hpp"

namespace sluice::tests {

namespace {

using security::key_algorithm;
using security::load_keys;
using security::signing_key;

/// A folder with files of keys.
struct key_folder {
  temporary_directory folder;
  config::auth_settings settings;
  std::string own_secret = (folder.path() / "auth.secret").string();

  std::string add(const std::string& name, const std::string& content,
                  mode_t mode = 0600) const {
    auto path = (folder.path() / name).string();
    write_text_file(path, content);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
  }
  [[nodiscard]] auto load() const {
    return load_keys(settings, own_secret);
  }
  [[nodiscard]] std::string refusal() const {
    const auto keys = load();
    REQUIRE_FALSE(keys);
    return keys.error().message;
  }
};

const auto secret = std::string(32, 's');

} // namespace

TEST_CASE_METHOD(key_folder, "the first start makes a secret and says so",
                 "[security]") {
  const auto first = load();
  REQUIRE(first);
  CHECK(first->ring.signer().algorithm() == key_algorithm::hs256);
  REQUIRE(first->notes.size() == 1);
  CHECK(first->notes.front().contains(own_secret));
  CHECK_FALSE(first->notes.front().contains(first->secret));
  const auto second = load();
  REQUIRE(second);
  CHECK(second->notes.empty());
  CHECK(second->warnings.empty());
  CHECK(second->secret == first->secret);
  CHECK(second->ring.signer().kid() == first->ring.signer().kid());
}

TEST_CASE_METHOD(key_folder, "a secret that is set makes no file",
                 "[security]") {
  settings.secret = secret;
  REQUIRE(load());
  CHECK(load()->secret == secret);
  settings.secret.clear();
  settings.secret_file = add("file", secret + "\n");
  REQUIRE(load());
  CHECK(load()->secret == secret);
  CHECK_FALSE(std::filesystem::exists(own_secret));
}

TEST_CASE_METHOD(key_folder,
                 "a secret that is too short is refused, and not repeated",
                 "[security]") {
  settings.secret = "too-short-a-secret";
  CHECK(refusal().contains("auth.secret"));
  CHECK(refusal().contains("32 to 4096"));
  CHECK_FALSE(refusal().contains("too-short-a-secret"));
  settings.secret.clear();
  settings.secret_file = add("file", "short");
  CHECK(refusal().contains("auth.secret_file: " + settings.secret_file));
  settings.secret_file = add("empty", "");
  CHECK(refusal().contains("has 0 bytes"));
  settings.secret_file.clear();
  add("auth.secret", "short");
  CHECK(refusal().contains(own_secret));
}

TEST_CASE_METHOD(key_folder, "a key file signs, and its tokens need no secret",
                 "[security]") {
  const auto pem = make_private_pem(ed25519);
  settings.key_file = add("key.pem", pem);
  const auto keys = load();
  REQUIRE(keys);
  CHECK(keys->ring.signer().algorithm() == key_algorithm::eddsa);
  CHECK(security::load_public_keys(settings)
        == "{\"keys\":[" + signing_key::from_pem(pem)->public_jwk() + "]}");
  // What is remembered is sealed with a secret nevertheless, which is no key
  // for tokens.
  CHECK(keys->secret.size() == 43);
  CHECK(keys->ring.find(security::key_ring::make(
                            signing_key::from_secret(keys->secret).value())
                            ->signed_header())
        == nullptr);
}

TEST_CASE_METHOD(key_folder, "accepted keys are listed with commas",
                 "[security]") {
  const auto old_pem = make_private_pem(p256);
  const auto next_pem = make_private_pem(ed25519);
  settings.key_file = add("key.pem", make_private_pem(ed25519));
  settings.accepted_key_files = add("old.pem", public_pem_of(old_pem), 0644)
                                + " , " + add("next.pem", next_pem) + ","
                                + add("secret", secret) + ",";
  const auto keys = load();
  REQUIRE(keys);
  CHECK(keys->warnings.empty());
  for (const auto& key :
       {signing_key::from_pem(old_pem), signing_key::from_pem(next_pem),
        signing_key::from_secret(secret)}) {
    REQUIRE(key);
    const auto header = security::key_ring::make(
                            key->public_jwk().empty()
                                ? signing_key::from_secret(secret).value()
                            : key->algorithm() == key_algorithm::es256
                                ? signing_key::from_pem(old_pem).value()
                                : signing_key::from_pem(next_pem).value())
                            ->signed_header();
    REQUIRE(keys->ring.find(header) != nullptr);
    CHECK(keys->ring.find(header)->kid() == key->kid());
  }
  // The signing key, the old one and the next one; no secret.
  const auto listed = security::load_public_keys(settings).value();
  CHECK(listed.contains(keys->ring.signer().kid()));
  CHECK(listed.contains(signing_key::from_pem(old_pem)->kid()));
  CHECK(listed.contains(signing_key::from_pem(next_pem)->kid()));
  CHECK_FALSE(listed.contains(signing_key::from_secret(secret)->kid()));
}

TEST_CASE_METHOD(key_folder, "public keys are listed without a secret",
                 "[security]") {
  CHECK(security::load_public_keys(settings) == R"({"keys":[]})");
  CHECK_FALSE(std::filesystem::exists(own_secret));
  settings.key_file = add("public.pem", public_pem_of(make_private_pem(p256)));
  const auto listed = security::load_public_keys(settings);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().message.contains("cannot sign"));
}

TEST_CASE_METHOD(key_folder, "a key file that cannot sign is refused by name",
                 "[security]") {
  settings.key_file = "/nowhere/key.pem";
  CHECK(refusal() == "auth.key_file: there is no file /nowhere/key.pem");
  settings.key_file = add("public.pem", public_pem_of(make_private_pem(p256)));
  CHECK(refusal().contains("is a public key, which cannot sign"));
  settings.key_file = add("secret", secret);
  CHECK(refusal().contains("auth.secret_file"));
  settings.key_file = add("rsa.pem", make_rsa_pem());
  CHECK(refusal().contains("auth.key_file: " + settings.key_file));
  settings.key_file.clear();
  settings.accepted_key_files = "/nowhere/old.pem";
  CHECK(refusal().contains("auth.accepted_key_files"));
  settings.accepted_key_files = add("short", "short");
  CHECK(refusal().contains("32 to 4096"));
}

TEST_CASE_METHOD(key_folder, "files with too open rights are told or refused",
                 "[security]") {
  settings.secret_file = add("secret", secret, 0644);
  const auto keys = load();
  REQUIRE(keys);
  REQUIRE(keys->warnings.size() == 1);
  CHECK(keys->warnings.front().contains("chmod 600 " + settings.secret_file));
  REQUIRE(::chmod(settings.secret_file.c_str(), 0666) == 0);
  CHECK(refusal().contains("chmod go-w"));
  settings.secret_file.clear();
  // Its own file, which it made with other rights.
  add("auth.secret", secret, 0640);
  CHECK(load()->warnings.size() == 1);
}

TEST_CASE_METHOD(key_folder, "a secret and a secret file exclude each other",
                 "[security]") {
  settings.secret = secret;
  settings.secret_file = add("secret", secret);
  CHECK(refusal().contains("exclude each other"));
}

} // namespace sluice::tests
