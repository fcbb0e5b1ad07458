#pragma once

#include "messaging/message.hpp"

#include <string>
#include <string_view>

namespace sluice::messaging {

/// The public NKey that belongs to a seed (`SU…`), which the library wants
/// beside the file with the seed.
///
/// A seed is base32 of: 5 bits "seed", 8 bits for what kind of key, 3 bits
/// none, 32 bytes, CRC-16/XMODEM, low byte first
/// (https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth,
/// github.com/nats-io/nkeys).
[[nodiscard]] result<std::string> public_key_of(std::string_view seed);

/// The same for the seed in a file; what a file of `nsc` or `nk` holds besides
/// is passed by. The error names the setting nats.nkey_seed_file.
[[nodiscard]] result<std::string> read_public_key(const std::string& file);

} // namespace sluice::messaging
