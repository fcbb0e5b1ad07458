#pragma once

#include "cli/cli11.hpp"
#include "cli/client_options.hpp"
#include "cli/command.hpp"
#include "cli/output_target.hpp"
#include "cli/unfinished_file.hpp"
#include "storage/sql_export.hpp"

#include <memory>
#include <string>

namespace sluice::cli {

/// `sluice export DATABASE --output FILE`: fetches the database as it is at one
/// commit, and writes that as SQL (docs/adr/0028). A part of the program and
/// not of the library, for it is storage/ that writes the SQL.
class export_command : public command {
public:
  explicit export_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  void add_options();
  /// Writes the SQL of the database in `fetched`.
  [[nodiscard]] result<storage::sql_export_progress>
  write(unfinished_file& fetched, output_target& target) const;

  CLI::App* app_;
  std::string database_;
  std::string output_;
  bool has_no_schema_ = false;
  bool has_no_data_ = false;
  storage::sql_export_options options_;
  std::unique_ptr<client_options> client_;
};

} // namespace sluice::cli
