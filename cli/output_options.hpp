#pragma once

#include "cli/cli11.hpp"

namespace sluice::cli {

/// `--json` and `--table`: tables on a terminal and JSON for programs, unless
/// the options say otherwise.
class output_options {
public:
  explicit output_options(CLI::App& app);
  output_options(const output_options&) = delete;
  output_options& operator=(const output_options&) = delete;

  [[nodiscard]] bool is_json() const;

private:
  bool json_ = false;
  bool table_ = false;
};

} // namespace sluice::cli
