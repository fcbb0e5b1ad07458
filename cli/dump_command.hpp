#pragma once

#include "cli/client_options.hpp"
#include "cli/command.hpp"

#include <memory>
#include <string>

namespace sluice::cli {

/// `sluice dump DATABASE --output FILE`.
class dump_command : public command {
public:
  explicit dump_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  CLI::App* app_;
  std::string database_;
  std::string output_;
  std::unique_ptr<client_options> client_;
};

} // namespace sluice::cli
