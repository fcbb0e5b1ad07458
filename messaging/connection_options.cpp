#include "messaging/connection_options.hpp"

#include "messaging/nkey.hpp"

#include <nats/nats.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <vector>

namespace sluice::messaging {

namespace {

/// A server that does not answer so many pings is gone.
constexpr auto pings_out_max = 3;
/// How long the library may wait for a full socket where it writes itself.
constexpr auto write_deadline_ms = std::int64_t{5'000};

std::vector<std::string> split_addresses(const std::string& url) {
  auto result = std::vector<std::string>{};
  auto begin = std::size_t{0};
  while (begin <= url.size()) {
    const auto end = std::min(url.find(',', begin), url.size());
    if (end > begin)
      result.push_back(url.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

/// The library tells of a file that cannot be read only when it connects.
result<void> must_be_readable(const char* setting, const std::string& file) {
  if (::access(file.c_str(), R_OK) == 0)
    return {};
  return std::unexpected{failure{failure::kind::configuration,
                                 std::string{setting} + ": cannot read " + file
                                     + ": " + std::strerror(errno)}};
}

result<void> set_servers(natsOptions* options, const std::string& url) {
  const auto addresses = split_addresses(url);
  auto pointers = std::vector<const char*>{};
  for (const auto& address : addresses)
    pointers.push_back(address.c_str());
  return check(natsOptions_SetServers(options, pointers.data(),
                                      static_cast<int>(pointers.size())),
               "nats.url");
}

result<void> set_credentials(natsOptions* options,
                             const config::nats_settings& settings) {
  if (!settings.user.empty())
    return check(natsOptions_SetUserInfo(options, settings.user.c_str(),
                                         settings.password.c_str()),
                 "nats.user");
  if (!settings.token.empty())
    return check(natsOptions_SetToken(options, settings.token.c_str()),
                 "nats.token");
  if (const auto& file = settings.credentials_file; !file.empty()) {
    if (auto readable = must_be_readable("nats.credentials_file", file);
        !readable)
      return readable;
    return check(
        natsOptions_SetUserCredentialsFromFiles(options, file.c_str(), nullptr),
        "nats.credentials_file");
  }
  if (const auto& file = settings.nkey_seed_file; !file.empty()) {
    auto key = read_public_key(file);
    if (!key)
      return std::unexpected{key.error()};
    return check(
        natsOptions_SetNKeyFromSeed(options, key->c_str(), file.c_str()),
        "nats.nkey_seed_file");
  }
  return {};
}

result<void> set_tls(natsOptions* options,
                     const config::nats_settings& settings) {
  auto done = check(natsOptions_SetSecure(options, true), "nats.tls");
  if (const auto& file = settings.tls_ca_file; done && !file.empty()) {
    done = must_be_readable("nats.tls_ca_file", file);
    if (done)
      done = check(natsOptions_LoadCATrustedCertificates(options, file.c_str()),
                   "nats.tls_ca_file");
  }
  const auto& certificate = settings.tls_certificate_file;
  if (done && !certificate.empty()) {
    done = must_be_readable("nats.tls_certificate_file", certificate);
    if (done)
      done = must_be_readable("nats.tls_key_file", settings.tls_key_file);
    if (done)
      done = check(
          natsOptions_LoadCertificatesChain(options, certificate.c_str(),
                                            settings.tls_key_file.c_str()),
          "nats.tls_certificate_file with nats.tls_key_file");
  }
  return done;
}

result<void> set_behaviour(natsOptions* options,
                           const config::nats_settings& settings,
                           const std::string& client_name, delivery threads) {
  for (const auto status :
       {natsOptions_SetName(options, client_name.c_str()),
        natsOptions_SetTimeout(options, settings.connect_timeout_ms),
        // The connection is made anew instead (docs/adr/0014).
        natsOptions_SetAllowReconnect(options, false),
        // JetStream's answers come on such a subject, too.
        natsOptions_SetCustomInboxPrefix(options,
                                         settings.inbox_prefix.empty()
                                             ? nullptr
                                             : settings.inbox_prefix.c_str()),
        natsOptions_SetPingInterval(options, settings.ping_interval_ms),
        natsOptions_SetMaxPingsOut(options, pings_out_max),
        natsOptions_SetWriteDeadline(options, write_deadline_ms),
        natsOptions_SetIOBufSize(options, io_buffer_bytes),
        // Of its pool, which has one thread.
        natsOptions_UseGlobalMessageDelivery(options,
                                             threads == delivery::shared)})
    if (auto done = check(status, "cannot set up the NATS client"); !done)
      return done;
  return {};
}

} // namespace

bool wants_tls(const config::nats_settings& settings, const std::string& url) {
  return settings.tls || url.find("tls://") != url.npos;
}

std::string without_credentials(std::string_view url) {
  auto result = std::string{};
  while (true) {
    const auto end = std::min(url.find(','), url.size());
    const auto address = url.substr(0, end);
    const auto scheme = address.find("://");
    const auto begin = scheme == address.npos ? 0 : scheme + 3;
    // The last one: a password may have some, too.
    const auto at = address.rfind('@');
    const auto has_credentials = at != address.npos && at >= begin;
    result.append(address.substr(0, begin));
    result.append(address.substr(has_credentials ? at + 1 : begin));
    if (end == url.size())
      return result;
    result.push_back(',');
    url.remove_prefix(end + 1);
  }
}

result<nats_handle<nats_options>>
make_options(const config::nats_settings& settings, const std::string& url,
             const std::string& client_name, delivery threads) {
  nats_options* raw = nullptr;
  if (auto made = check(natsOptions_Create(&raw), "no NATS options"); !made)
    return std::unexpected{made.error()};
  auto options = nats_handle<nats_options>{raw};
  auto done = set_servers(raw, url);
  if (done)
    done = set_behaviour(raw, settings, client_name, threads);
  if (done)
    done = set_credentials(raw, settings);
  if (done && wants_tls(settings, url))
    done = set_tls(raw, settings);
  if (!done)
    return std::unexpected{done.error()};
  return options;
}

} // namespace sluice::messaging
