#pragma once

#include "tests/support/client.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::tests {

/// Publishes a request that several may answer, and gathers their answers.
/// @param count so many are waited for, 20 s at most.
/// @param more how long to wait for another one after that.
[[nodiscard]] std::vector<reply> gather_replies(const std::string& url,
                                                const std::string& subject,
                                                const std::string& body,
                                                std::size_t count,
                                                std::chrono::milliseconds more);

} // namespace sluice::tests
