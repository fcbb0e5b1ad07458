#pragma once

#include "config/settings.hpp"
#include "messaging/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::tests {

/// A nats-server that runs the sample configuration, config/nats/server.conf,
/// as it stands: on a free port, in a folder of its own, with certificates that
/// the script beside it has made, and with the passwords in its environment.
class nats_sample {
public:
  /// @param configuration a file; empty: the sample.
  explicit nats_sample(const std::string& configuration = {});

  /// tls://localhost:PORT
  [[nodiscard]] std::string url() const;

  /// What the user `name` of the sample connects with.
  [[nodiscard]] config::nats_settings
  settings_of(const std::string& name) const;
  /// The same as options of the program `sluice`.
  [[nodiscard]] std::vector<std::string>
  options_of(const std::string& name) const;

  [[nodiscard]] std::string certificate(const std::string& name) const;

private:
  temporary_directory directory_;
  std::uint16_t port_ = 0;
  messaging::child_process process_;
};

/// Where the samples are.
[[nodiscard]] std::string nats_sample_folder();

} // namespace sluice::tests
