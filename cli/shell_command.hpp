#pragma once

#include "cli/cli11.hpp"
#include "cli/client_options.hpp"
#include "cli/command.hpp"
#include "cli/output_options.hpp"
#include "cli/shell.hpp"

#include <memory>
#include <string>

namespace sluice::cli {

/// `sluice shell DATABASE`: SQL by hand, or from a pipe.
class shell_command : public command {
public:
  explicit shell_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  /// Whether there is such a database, so that nobody types in vain.
  [[nodiscard]] result<void> check(client& server) const;
  void run_on_terminal(shell& running) const;
  [[nodiscard]] exit_code run_on_pipe(shell& running) const;
  [[nodiscard]] std::string history_file() const;

  CLI::App* app_;
  std::string database_;
  bool keeps_no_history_ = false;
  std::unique_ptr<output_options> output_;
  std::unique_ptr<client_options> client_;
};

} // namespace sluice::cli
