#include "security/key_ring.hpp"

#include "codec/base64.hpp"
#include "codec/json_writer.hpp"
#include "config/text_list.hpp"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "security/secret_file.hpp"

namespace sluice::security {

using codec::error_code;

namespace {

std::unexpected<codec::error> bad(std::string message) {
  return codec::fail(error_code::bad_request, std::move(message));
}

codec::result<signing_key> as_key(std::string_view setting,
                                  const std::string& path, std::string text) {
  auto key = codec::result<signing_key>{std::unexpect};
  if (is_pem(text)) {
    key = signing_key::from_pem(text);
    sodium_memzero(text.data(), text.size());
  } else {
    key = signing_key::from_secret(std::move(text));
  }
  if (!key)
    return bad(std::string{setting} + ": " + path + " " + key.error().message);
  return key;
}

/// Reads keys, and gathers what the log is to say of them.
class key_loader {
public:
  explicit key_loader(const config::auth_settings& settings)
      : settings_{settings} {
    // nop
  }

  [[nodiscard]] codec::result<std::string>
  secret(const std::string& default_path) {
    if (!settings_.secret.empty() && !settings_.secret_file.empty())
      return bad("auth.secret and auth.secret_file exclude each other");
    if (!settings_.secret.empty())
      return settings_.secret;
    if (!settings_.secret_file.empty())
      return read("auth.secret_file", settings_.secret_file);
    auto there = read_secret_file(default_path);
    if (!there)
      return std::unexpected{std::move(there.error())};
    const auto& file = *there;
    if (file.has_value())
      return checked("the secret", default_path, *file);
    auto made = create_secret_file(default_path);
    if (made)
      notes.push_back("there was no secret for tokens: made one in "
                      + default_path
                      + "; whoever has it can make tokens, and without it "
                        "those that are about are worth nothing");
    return made;
  }

  [[nodiscard]] codec::result<std::string> read(std::string_view setting,
                                                const std::string& path) {
    auto there = read_secret_file(path);
    if (!there)
      return bad(std::string{setting} + ": " + there.error().message);
    const auto& file = *there;
    if (!file.has_value())
      return bad(std::string{setting} + ": there is no file " + path);
    return checked(setting, path, *file);
  }

  /// The key of `auth.key_file`, which is set.
  [[nodiscard]] codec::result<signing_key> signer() {
    auto text = read("auth.key_file", settings_.key_file);
    if (!text)
      return std::unexpected{std::move(text.error())};
    if (!is_pem(*text))
      return bad("auth.key_file: " + settings_.key_file
                 + " is no PEM file; a secret for HS256 belongs into "
                   "auth.secret_file");
    auto key = as_key("auth.key_file", settings_.key_file, std::move(*text));
    if (key && !key->can_sign())
      return bad("auth.key_file: " + settings_.key_file
                 + " is a public key, which cannot sign");
    return key;
  }

  [[nodiscard]] codec::result<std::vector<signing_key>> accepted() {
    auto result = std::vector<signing_key>{};
    for (const auto& path : config::split_list(settings_.accepted_key_files)) {
      auto text = read("auth.accepted_key_files", path);
      if (!text)
        return std::unexpected{std::move(text.error())};
      auto key = as_key("auth.accepted_key_files", path, std::move(*text));
      if (!key)
        return std::unexpected{std::move(key.error())};
      result.push_back(std::move(*key));
    }
    return result;
  }

  std::vector<std::string> notes;
  std::vector<std::string> warnings;

private:
  /// A public key is for everybody to read.
  std::string checked(std::string_view setting, const std::string& path,
                      const secret_file& file) {
    if (file.is_readable_by_others && !file.content.contains("BEGIN PUBLIC"))
      warnings.push_back(std::string{setting}
                         + ": others than the owner may "
                           "read "
                         + path + ": chmod 600 " + path);
    return file.content;
  }

  const config::auth_settings& settings_;
};

} // namespace

key_ring::entry key_ring::make_entry(signing_key key) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("alg");
  out.text(name(key.algorithm()));
  out.key("kid");
  out.text(key.kid());
  out.key("typ");
  out.text("JWT");
  out.end_object();
  auto header = codec::base64url_encode(std::as_bytes(std::span{out.view()}));
  return {std::move(header), std::move(key)};
}

key_ring::key_ring(entry signer) {
  entries_.push_back(std::move(signer));
}

codec::result<key_ring> key_ring::make(signing_key signer) {
  if (!signer.can_sign())
    return bad("is a public key, which cannot sign");
  return key_ring{make_entry(std::move(signer))};
}

void key_ring::accept(signing_key key) {
  auto added = make_entry(std::move(key));
  if (find(added.header) == nullptr)
    entries_.push_back(std::move(added));
}

const signing_key* key_ring::find(std::string_view header) const noexcept {
  const auto found = std::ranges::find(entries_, header, &entry::header);
  return found == entries_.end() ? nullptr : &found->key;
}

bool key_ring::takes_long(std::string_view token) const noexcept {
  const auto* key = find(token.substr(0, token.find('.')));
  return key != nullptr && key->algorithm() != key_algorithm::hs256;
}

bool key_ring::has_public_keys() const noexcept {
  return std::ranges::any_of(entries_, [](const auto& each) {
    return each.key.algorithm() != key_algorithm::hs256;
  });
}

codec::result<server_keys> load_keys(const config::auth_settings& settings,
                                     const std::string& default_secret_path) {
  if (sodium_init() < 0)
    return codec::fail(error_code::internal, "no source of random numbers");
  auto loader = key_loader{settings};
  auto secret = loader.secret(default_secret_path);
  if (!secret)
    return std::unexpected{std::move(secret.error())};
  const auto origin = !settings.secret.empty()        ? std::string{"its value"}
                      : !settings.secret_file.empty() ? settings.secret_file
                                                      : default_secret_path;
  const auto* const setting
      = settings.secret_file.empty() ? "auth.secret" : "auth.secret_file";
  // Looked at also where it does not sign: it seals.
  auto own = signing_key::from_secret(*secret);
  if (!own)
    return bad(std::string{setting} + ": " + origin + " "
               + own.error().message);
  auto signer = std::move(*own);
  if (!settings.key_file.empty()) {
    auto key = loader.signer();
    if (!key)
      return std::unexpected{std::move(key.error())};
    signer = std::move(*key);
  }
  auto ring = key_ring::make(std::move(signer));
  if (!ring)
    return std::unexpected{std::move(ring.error())};
  auto accepted = loader.accepted();
  if (!accepted)
    return std::unexpected{std::move(accepted.error())};
  for (auto& key : *accepted)
    ring->accept(std::move(key));
  return server_keys{std::move(*ring), std::move(*secret),
                     std::move(loader.notes), std::move(loader.warnings)};
}

codec::result<std::string>
load_public_keys(const config::auth_settings& settings) {
  auto loader = key_loader{settings};
  auto keys = loader.accepted();
  if (!keys)
    return std::unexpected{std::move(keys.error())};
  if (!settings.key_file.empty()) {
    auto key = loader.signer();
    if (!key)
      return std::unexpected{std::move(key.error())};
    keys->insert(keys->begin(), std::move(*key));
  }
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("keys");
  out.begin_array();
  for (const auto& key : *keys)
    if (!key.public_jwk().empty())
      out.raw(key.public_jwk());
  out.end_array();
  out.end_object();
  return out.take();
}

} // namespace sluice::security
