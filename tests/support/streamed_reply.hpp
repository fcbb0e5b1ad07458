#pragma once

#include "tests/support/client.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace sluice::tests {

/// Sends a request with `Sluice-Stream: true` on a connection of its own and
/// reads what comes, up to and with the final message or an error.
/// @param on_message gets each message and says whether to go on: where it
///   does not, the requester is gone.
void request_stream(const std::string& url, const std::string& subject,
                    const std::string& body,
                    const std::function<bool(const reply&)>& on_message);

/// The same, and keeps every message.
[[nodiscard]] std::vector<reply> gather_stream(const std::string& url,
                                               const std::string& subject,
                                               const std::string& body);

} // namespace sluice::tests
