#include "actors/authentication.hpp"

#include <chrono>

namespace sluice::actors {

namespace {

/// Tokens whose signatures wait to be checked: a tenth of a second's work.
constexpr auto checks_waiting_max = std::size_t{1'024};

security::token_rules rules_of(const config::auth_settings& settings) {
  return {.issuer = settings.issuer,
          .audience = settings.audience,
          .lifetime = std::chrono::seconds{settings.token_s},
          .leeway = std::chrono::seconds{settings.leeway_s}};
}

security::throttle_rules throttle_of(const config::auth_settings& settings) {
  return {.slowed_after = settings.failures_slowed,
          .delay_max = std::chrono::milliseconds{settings.delay_ms_max},
          .failures_max = settings.failures_max,
          .source_failures_max = settings.source_failures_max,
          .lockout = std::chrono::seconds{settings.lockout_s},
          .entries_max = settings.throttle_entries_max};
}

security::quota_rules quota_of(const config::auth_settings& settings) {
  return {.uses_max = settings.source_hashes_max,
          .window = std::chrono::seconds{settings.source_hashes_s},
          .sources_max = settings.throttle_entries_max};
}

} // namespace

authentication::authentication(const config::auth_settings& settings_in,
                               const security::server_keys& keys_in)
    : settings{settings_in}, keys{keys_in.ring}, rules{rules_of(settings_in)},
      issuer{keys, rules},
      passwords{{.memory_bytes = settings_in.password_memory_bytes,
                 .passes = settings_in.password_passes}},
      throttle{throttle_of(settings_in)}, quota{quota_of(settings_in)},
      seal{keys_in.secret}, successors{keys_in.secret},
      hashing{settings_in.hash_queue_max}, checking{checks_waiting_max} {
  // nop
}

} // namespace sluice::actors
