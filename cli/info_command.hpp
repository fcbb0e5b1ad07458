#pragma once

#include "cli/cli11.hpp"
#include "cli/client_options.hpp"
#include "cli/command.hpp"
#include "cli/database_tables.hpp"
#include "cli/output_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {

/// `sluice info DATABASE`: its size, and its tables with the number of their
/// rows.
class info_command : public command {
public:
  explicit info_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  CLI::App* app_;
  std::string database_;
  bool counts_no_rows_ = false;
  std::unique_ptr<output_options> output_;
  std::unique_ptr<client_options> client_;
};

/// What the server says of a database, and its tables, for people.
/// @param description a JSON object, as `databases.get` has it.
/// @param columns_max width of the terminal; 0: nothing is cut.
[[nodiscard]] std::string render_info(const std::string& description,
                                      const std::vector<database_table>& tables,
                                      std::size_t columns_max);

/// The same as one JSON object, for programs.
[[nodiscard]] std::string info_json(const std::string& description,
                                    const std::vector<database_table>& tables);

} // namespace sluice::cli
