#pragma once

#include "messaging/connection.hpp"
#include "tests/support/expect.hpp"

#include <memory>
#include <string>

namespace sluice::tests {

/// A connection that must come about.
inline std::unique_ptr<messaging::connection>
connect_to(const std::string& url, const config::nats_settings& settings = {},
           messaging::connection_observer* observer = nullptr) {
  return must(messaging::connection::connect(settings, url, "test", observer));
}

/// A subscription that the server knows of when this returns.
inline std::unique_ptr<messaging::subscription>
subscribe_to(messaging::connection& to, const std::string& subject,
             const std::string& group, messaging::message_handler& handler) {
  auto made = must(to.subscribe(subject, group, handler));
  must(to.sync(patience));
  return made;
}

} // namespace sluice::tests
