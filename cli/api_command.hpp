#pragma once

#include "cli/command.hpp"
#include "cli/settings_options.hpp"

#include <memory>

namespace sluice::cli {

/// `sluice api`: what the server takes, for people and generators.
class api_command : public command {
public:
  explicit api_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  CLI::App* app_;
  std::unique_ptr<settings_options> settings_;
};

} // namespace sluice::cli
