#pragma once

#include "cli/client.hpp"
#include "cli/failure.hpp"
#include "cli/settings_options.hpp"

#include <cstdint>

namespace sluice::cli {

/// The options of commands that talk to a server: how to reach it, and how
/// long to wait.
class client_options {
public:
  explicit client_options(CLI::App& app);

  [[nodiscard]] result<client> connect() const;
  [[nodiscard]] result<client>
  connect(const config::loaded_settings& loaded) const;
  [[nodiscard]] result<config::loaded_settings> load() const;

private:
  settings_options settings_;
  std::uint32_t timeout_ms_ = 30'000;
};

} // namespace sluice::cli
