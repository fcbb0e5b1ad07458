#include "config/settings_rules.hpp"

#include "config/text_list.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace sluice::config {

namespace {

bool is_space_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

/// Tokens between dots, none of them empty, without wildcards
/// (https://docs.nats.io/nats-concepts/subjects).
bool is_literal_subject(std::string_view text) {
  if (text.empty() || text.starts_with('.') || text.ends_with('.')
      || text.find("..") != text.npos)
    return false;
  return std::ranges::none_of(text, [](char c) {
    return c == '*' || c == '>' || is_space_or_control(c);
  });
}

void check_texts(const settings& s, std::vector<std::string>& out) {
  if (s.data.empty())
    out.emplace_back("data must not be empty: it is the folder of everything "
                     "that Sluice stores");
  if (s.nats.server_program.empty())
    out.emplace_back("nats.server_program must not be empty");
  if (!is_literal_subject(s.nats.subject_prefix)
      || s.nats.subject_prefix.starts_with('$'))
    out.push_back("nats.subject_prefix \"" + s.nats.subject_prefix
                  + "\" is no beginning of a subject: tokens separated by "
                    "dots, without *, > and spaces, and no $ in front");
  if (!s.nats.inbox_prefix.empty() && !is_literal_subject(s.nats.inbox_prefix))
    out.push_back("nats.inbox_prefix \"" + s.nats.inbox_prefix
                  + "\" is no beginning of a subject: tokens separated by "
                    "dots, without *, > and spaces");
  for (const auto& each : split_list(s.nats.reply_prefixes))
    if (!is_literal_subject(each))
      out.push_back("nats.reply_prefixes has \"" + each
                    + "\", which is no beginning of a subject: tokens "
                      "separated by dots, without *, > and spaces");
  if (!is_literal_subject(s.nats.queue_group))
    out.push_back("nats.queue_group \"" + s.nats.queue_group
                  + "\" is no name of a queue group: not empty, without *, > "
                    "and spaces");
}

void check_credentials(const nats_settings& n, std::vector<std::string>& out) {
  if (n.user.empty() != n.password.empty())
    out.emplace_back("nats.user and nats.password go together: one of them is "
                     "not set");
  const auto ways = int{!n.user.empty() || !n.password.empty()}
                    + int{!n.token.empty()} + int{!n.credentials_file.empty()}
                    + int{!n.nkey_seed_file.empty()};
  if (ways > 1)
    out.emplace_back("only one of nats.user with nats.password, nats.token, "
                     "nats.credentials_file and nats.nkey_seed_file can be "
                     "set");
}

void check_tls(const nats_settings& n, std::vector<std::string>& out) {
  if (n.tls_certificate_file.empty() != n.tls_key_file.empty())
    out.emplace_back("nats.tls_certificate_file and nats.tls_key_file go "
                     "together: one of them is not set");
  const auto has_files = !n.tls_ca_file.empty()
                         || !n.tls_certificate_file.empty()
                         || !n.tls_key_file.empty();
  // Files alone would leave the connection in the clear without a word.
  if (has_files && !n.tls && n.url.find("tls://") == n.url.npos)
    out.emplace_back("the files of nats.tls_* have no effect without nats.tls "
                     "= true");
}

/// As the protocol has it.
bool is_database_name(std::string_view name) noexcept {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 63 && is_letter_or_digit(name.front())
         && std::ranges::all_of(name, [&is_letter_or_digit](char c) {
              return is_letter_or_digit(c) || c == '_' || c == '-';
            });
}

void check_addresses(const loaded_settings& loaded,
                     std::vector<std::string>& out) {
  const auto& n = loaded.values.nats;
  if (std::ranges::any_of(n.url, is_space_or_control))
    out.emplace_back("nats.url must not hold spaces; addresses are separated "
                     "by commas");
  if (auto address = parse_listen_address(n.listen); !address)
    out.push_back("nats.listen (" + loaded.origin_of("nats.listen").words
                  + "): " + address.error());
  // A file with all keys at their defaults sets nats.listen without meaning
  // anything by it.
  if (!n.url.empty() && loaded.is_explicit("nats.listen")
      && n.listen != nats_settings{}.listen)
    out.push_back("nats.url (" + loaded.origin_of("nats.url").words
                  + ") and nats.listen ("
                  + loaded.origin_of("nats.listen").words
                  + ") exclude each other: with nats.url there is no own "
                    "nats-server that could listen");
}

void check_auth(const auth_settings& u, std::vector<std::string>& out) {
  // A token has to fit into its bound with both of them.
  constexpr auto name_bytes_max = std::size_t{200};
  for (const auto& [key, text] : {std::pair{"auth.issuer", &u.issuer},
                                  std::pair{"auth.audience", &u.audience}})
    if (text->empty() || text->size() > name_bytes_max)
      out.push_back(std::string{key} + " must have 1 to "
                    + std::to_string(name_bytes_max) + " bytes");
  if (!u.secret.empty() && !u.secret_file.empty())
    out.emplace_back("auth.secret and auth.secret_file exclude each other");
}

} // namespace

std::expected<listen_address, std::string>
parse_listen_address(std::string_view text) {
  const auto refuse = [text] {
    return std::unexpected{"\"" + std::string{text}
                           + "\" is not HOST:PORT with a port of 0 to 65535"};
  };
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0 || colon + 1 == text.size())
    return refuse();
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != host.npos)
    return refuse();
  if (host.empty() || std::ranges::any_of(host, is_space_or_control))
    return refuse();
  auto result = listen_address{std::string{host}};
  const auto* end = text.data() + text.size();
  const auto [stop, problem]
      = std::from_chars(text.data() + colon + 1, end, result.port);
  if (problem != std::errc{} || stop != end)
    return refuse();
  return result;
}

std::vector<std::string> broken_rules(const loaded_settings& loaded) {
  auto result = std::vector<std::string>{};
  const auto& s = loaded.values;
  check_texts(s, result);
  check_credentials(s.nats, result);
  check_tls(s.nats, result);
  check_addresses(loaded, result);
  check_auth(s.auth, result);
  if (!is_database_name(s.services.database))
    result.push_back("services.database (" + s.services.database
                     + ") is no name of a database: 1 to 63 of a-z, 0-9, '_' "
                       "and '-', the first a letter or a digit");
  for (const auto& name : split_list(s.services.databases))
    if (name != "*" && !is_database_name(name))
      result.push_back("services.databases has \"" + name
                       + "\", which is no name of a database and not *");
  if (s.limits.timeout_ms_default > s.limits.timeout_ms_max)
    result.push_back("limits.timeout_ms_default ("
                     + std::to_string(s.limits.timeout_ms_default)
                     + ") must not be above limits.timeout_ms_max ("
                     + std::to_string(s.limits.timeout_ms_max) + ")");
  return result;
}

} // namespace sluice::config
