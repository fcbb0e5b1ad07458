#pragma once

#include "cli/command.hpp"
#include "cli/settings_options.hpp"

#include <memory>

namespace sluice::cli {

/// `sluice config check|show|default`.
class config_command : public command {
public:
  explicit config_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  CLI::App* app_;
  CLI::App* check_;
  CLI::App* show_;
  CLI::App* default_;
  std::unique_ptr<settings_options> check_options_;
  std::unique_ptr<settings_options> show_options_;
};

} // namespace sluice::cli
