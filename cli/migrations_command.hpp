#pragma once

#include "cli/client_options.hpp"
#include "cli/command.hpp"
#include "cli/migration_files.hpp"
#include "cli/output_options.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {

/// `sluice migrations create|list|apply DATABASE`.
class migrations_command : public command {
public:
  explicit migrations_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  /// One of the three, with its options.
  struct action {
    CLI::App* app = nullptr;
    std::string database;
    std::string title;
    std::string folder = "migrations";
    bool is_confirmed = false;
    std::unique_ptr<client_options> client = {};
    std::unique_ptr<output_options> output = {};
    std::function<result<void>(const action&)> run = {};
  };

  action& add(const std::string& word, const std::string& help);
  static result<void> create(const action& self);
  static result<void> list(const action& self);
  static result<void> apply(const action& self);

  CLI::App* app_;
  /// On the heap, because options write into them.
  std::vector<std::unique_ptr<action>> actions_;
};

} // namespace sluice::cli
