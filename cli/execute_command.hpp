#pragma once

#include "cli/cli11.hpp"
#include "cli/client_options.hpp"
#include "cli/command.hpp"
#include "cli/output_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {

/// `sluice execute DATABASE --command SQL | --file FILE`.
class execute_command : public command {
public:
  explicit execute_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  void add_options();
  result<void> execute_text(client& server) const;
  result<void> execute_file(client& server) const;

  CLI::App* app_;
  std::string database_;
  std::string sql_;
  std::string file_;
  /// Only tells the parser that there may be several: it would take the value
  /// {} for none. The option itself has the texts as they are.
  std::vector<std::string> parameters_;
  std::uint32_t batch_bytes_max_ = 96u << 10;
  CLI::Option* sql_option_ = nullptr;
  CLI::Option* file_option_ = nullptr;
  CLI::Option* parameter_option_ = nullptr;
  std::unique_ptr<output_options> output_;
  std::unique_ptr<client_options> client_;
};

} // namespace sluice::cli
