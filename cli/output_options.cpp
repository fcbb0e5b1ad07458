#include "cli/output_options.hpp"

#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

output_options::output_options(CLI::App& app) {
  auto* json = app.add_flag(
      "--json", json_,
      "Print JSON, as is done anyway when the output is no terminal");
  app.add_flag("--table", table_,
               "Print tables, as is done anyway on a terminal")
      ->excludes(json);
}

bool output_options::is_json() const {
  return json_ || (!table_ && !stdout_is_terminal());
}

} // namespace sluice::cli
