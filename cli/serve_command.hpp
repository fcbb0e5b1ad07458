#pragma once

#include "cli/command.hpp"
#include "cli/serve.hpp"
#include "cli/settings_options.hpp"

#include <memory>

namespace sluice::cli {

/// `sluice serve`.
class serve_command : public command {
public:
  explicit serve_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  CLI::App* app_;
  serve_options options_;
  std::unique_ptr<settings_options> settings_;
};

} // namespace sluice::cli
