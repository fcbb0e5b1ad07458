#pragma once

#include "codec/error.hpp"
#include "config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "security/signing_key.hpp"

namespace sluice::security {

/// The keys that tokens may be signed with: one signs, all are accepted, so
/// that one can take another's place while tokens of both are about.
class key_ring {
public:
  /// @param signer must be able to sign.
  /// @return `bad_request` if it cannot.
  [[nodiscard]] static codec::result<key_ring> make(signing_key signer);

  /// A key that is accepted besides; one that is there already changes nothing.
  void accept(signing_key key);

  [[nodiscard]] const signing_key& signer() const noexcept {
    return entries_.front().key;
  }

  /// The first part of a token that the key signs: its only spelling.
  [[nodiscard]] const std::string& signed_header() const noexcept {
    return entries_.front().header;
  }

  /// The key for the first part of a token, which must be exactly what that
  /// key's tokens begin with. So the token never chooses the algorithm.
  /// @return null if there is none.
  [[nodiscard]] const signing_key* find(std::string_view header) const noexcept;

  /// A token begins like those of a key whose signatures take long to check:
  /// about as long as ten queries.
  [[nodiscard]] bool takes_long(std::string_view token) const noexcept;

  /// Whether there is such a key.
  [[nodiscard]] bool has_public_keys() const noexcept;

private:
  struct entry {
    /// base64url of {"alg":…,"kid":…,"typ":"JWT"}.
    std::string header;
    signing_key key;
  };
  explicit key_ring(entry signer);
  static entry make_entry(signing_key key);
  std::vector<entry> entries_;
};

/// What a server signs and seals with.
struct server_keys {
  key_ring ring;
  /// Of this server alone: seals what it remembers. Also signs where no key
  /// file does.
  std::string secret;
  /// For the log: what was made, and which files others may read.
  std::vector<std::string> notes = {};
  std::vector<std::string> warnings = {};
};

/// Reads the keys that the settings name. Without `auth.secret` and
/// `auth.secret_file` the secret is in `default_secret_path`, and is made there
/// if it is missing.
/// @return what is wrong, naming the setting and the file, without a secret.
[[nodiscard]] codec::result<server_keys>
load_keys(const config::auth_settings& settings,
          const std::string& default_secret_path);

/// The public halves of those of them that are in PEM files, for those who
/// verify tokens elsewhere: a JSON Web Key Set (RFC 7517).
[[nodiscard]] codec::result<std::string>
load_public_keys(const config::auth_settings& settings);

} // namespace sluice::security
