#pragma once

#include "cli/cli11.hpp"
#include "cli/client_options.hpp"
#include "cli/command.hpp"
#include "cli/output_options.hpp"
#include "cli/sql_import.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::cli {

/// `sluice import DATABASE FILE`: executes a file of SQL of any size, such as
/// `sluice export`, D1 and sqlite3 write them; one that was cut off goes on
/// where it stopped (docs/adr/0029).
class import_command : public command {
public:
  explicit import_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  void add_options();
  [[nodiscard]] import_options options(const std::string& file_name) const;

  CLI::App* app_;
  std::string database_;
  std::string file_;
  std::uint32_t batch_bytes_max_ = 0;
  bool is_one_transaction_ = false;
  bool begins_anew_ = false;
  std::unique_ptr<output_options> output_;
  std::unique_ptr<client_options> client_;
};

} // namespace sluice::cli
