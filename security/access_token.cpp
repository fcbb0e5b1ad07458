#include "security/access_token.hpp"

#include "codec/base64.hpp"
#include "codec/json_writer.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>
#include <variant>

namespace sluice::security {

using codec::error_code;

namespace {

/// More claims than Sluice makes may come, from a later version of it.
constexpr auto claims_max = std::size_t{32};

/// Times that can be compared, whatever stands in a token: the clock counts
/// nanoseconds in 64 bits, up to the year 2262.
constexpr auto seconds_max = std::int64_t{9'000'000'000};

std::unexpected<codec::error> invalid() {
  return codec::fail(error_code::unauthenticated, "the token is not valid");
}

std::unexpected<codec::error> expired() {
  return codec::fail(error_code::unauthenticated, "the token has expired");
}

std::string encode(std::string_view text) {
  return codec::base64url_encode(std::as_bytes(std::span{text}));
}

std::optional<std::string> decode(std::string_view text) {
  const auto bytes = codec::base64url_decode(text);
  if (!bytes)
    return std::nullopt;
  return std::string{reinterpret_cast<const char*>(bytes->data()),
                     bytes->size()};
}

/// The parts of a token in compact form.
struct token_parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  /// Header and claims.
  std::string_view signed_part;
};

std::optional<token_parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == token.npos)
    return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos)
    return std::nullopt;
  return token_parts{token.substr(0, first),
                     token.substr(first + 1, second - first - 1),
                     token.substr(second + 1), token.substr(0, second)};
}

template <class T>
const T* find(const codec::named_parameters& claims, std::string_view name) {
  const auto found = std::ranges::find(
      claims, name, &codec::named_parameters::value_type::first);
  return found == claims.end() ? nullptr : std::get_if<T>(&found->second);
}

bool has_text(const codec::named_parameters& claims, std::string_view name,
              std::string_view expected) {
  const auto* text = find<std::string>(claims, name);
  return text != nullptr && *text == expected;
}

bool has(const codec::named_parameters& claims, std::string_view name) {
  return std::ranges::any_of(
      claims, [name](const auto& claim) { return claim.first == name; });
}

std::optional<std::chrono::sys_seconds>
find_time(const codec::named_parameters& claims, std::string_view name) {
  const auto* seconds = find<std::int64_t>(claims, name);
  if (seconds == nullptr || *seconds < 0 || *seconds > seconds_max)
    return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{*seconds}};
}

/// A positive number in its only spelling.
std::optional<std::int64_t> parse_id(std::string_view text) {
  auto id = std::int64_t{0};
  const auto* end = text.data() + text.size();
  const auto [stop, problem]
      = std::from_chars(text.data(), text.data() + text.size(), id);
  if (problem != std::errc{} || stop != end || id < 1
      || std::to_string(id) != text)
    return std::nullopt;
  return id;
}

bool is_token_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool equal_without_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

} // namespace

access_tokens::access_tokens(const key_ring& keys, token_rules rules)
    : keys_{keys}, rules_{std::move(rules)} {
  // nop
}

codec::result<std::string> access_tokens::issue(const token_subject& subject,
                                                time_point now) const {
  const auto issued = std::chrono::floor<std::chrono::seconds>(now);
  auto out = codec::json_writer{};
  const auto add_text = [&out](std::string_view key, std::string_view text) {
    out.key(key);
    out.text(text);
  };
  const auto add_time
      = [&out](std::string_view key, std::chrono::sys_seconds when) {
          out.key(key);
          out.integer(when.time_since_epoch().count());
        };
  out.begin_object();
  add_text("iss", rules_.issuer);
  add_text("aud", rules_.audience);
  add_text("sub", std::to_string(subject.user_id));
  add_text("sid", subject.session);
  add_text("db", subject.database);
  add_time("iat", issued);
  add_time("exp", issued + rules_.lifetime);
  out.end_object();
  auto result = keys_.signed_header() + "." + encode(out.view());
  auto signature = keys_.signer().sign(result);
  if (!signature)
    return std::unexpected{std::move(signature.error())};
  return result + "." + encode(*signature);
}

codec::result<token_claims> access_tokens::verify(std::string_view token,
                                                  time_point now) {
  if (token.size() > token_bytes_max)
    return invalid();
  const auto parts = split(token);
  if (!parts)
    return invalid();
  const auto* key = keys_.find(parts->header);
  if (key == nullptr)
    return invalid();
  const auto signature = decode(parts->signature);
  if (!signature || !key->verify(parts->signed_part, *signature))
    return invalid();
  const auto json = decode(parts->claims);
  if (!json || json->empty())
    return invalid();
  auto limits = codec::decode_limits{};
  limits.parameters_max = claims_max;
  const auto claims = decoder_.decode_fields(*json, limits);
  if (!claims)
    return invalid();
  return check(*claims, now);
}

codec::result<token_claims>
access_tokens::check(const codec::named_parameters& claims,
                     time_point now) const {
  if (!has_text(claims, "iss", rules_.issuer)
      || !has_text(claims, "aud", rules_.audience))
    return invalid();
  const auto* subject = find<std::string>(claims, "sub");
  const auto* session = find<std::string>(claims, "sid");
  const auto* database = find<std::string>(claims, "db");
  if (subject == nullptr || session == nullptr || session->empty()
      || database == nullptr || database->empty())
    return invalid();
  const auto user_id = parse_id(*subject);
  const auto issued = find_time(claims, "iat");
  const auto expires = find_time(claims, "exp");
  if (!user_id || !issued || !expires || *expires <= *issued
      || *issued > now + rules_.leeway)
    return invalid();
  // Tokens of Sluice have none; those of other keys may.
  if (has(claims, "nbf")) {
    const auto begins = find_time(claims, "nbf");
    if (!begins || *begins > now + rules_.leeway)
      return invalid();
  }
  if (now >= *expires)
    return expired();
  return token_claims{{*user_id, *session, *database}, *issued, *expires};
}

codec::result<std::string_view> parse_authorization(std::string_view header) {
  constexpr auto scheme = std::string_view{"Bearer"};
  if (header.empty())
    return codec::fail(error_code::unauthenticated,
                       "the header Authorization is missing: it must be "
                       "'Bearer <token>'");
  const auto token = header.substr(std::min(scheme.size() + 1, header.size()));
  if (header.size() > scheme.size() + 1 + token_bytes_max || token.empty()
      || !equal_without_case(header.substr(0, scheme.size()), scheme)
      || header[scheme.size()] != ' '
      || !std::ranges::all_of(token, is_token_character))
    return codec::fail(error_code::unauthenticated,
                       "the header Authorization must be 'Bearer <token>'");
  return token;
}

} // namespace sluice::security
