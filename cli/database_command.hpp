#pragma once

#include "cli/client_options.hpp"
#include "cli/command.hpp"
#include "cli/output_options.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// `sluice db create|list|info|delete|running|cancel`.
class database_command : public command {
public:
  explicit database_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  /// One of them, with its options.
  struct action {
    CLI::App* app = nullptr;
    std::string name;
    /// Of a request that runs.
    std::string id;
    bool is_confirmed = false;
    std::unique_ptr<client_options> client;
    std::unique_ptr<output_options> output;
    std::function<result<void>(const action&)> run;
  };

  action& add(const std::string& word, const std::string& help);
  /// Sends the database's name and prints the database of the reply.
  static result<void> request_one(const action& self, std::string_view tail);
  static result<void> create(const action& self);
  static result<void> list(const action& self);
  static result<void> info(const action& self);
  static result<void> remove(const action& self);
  static result<void> list_running(const action& self);
  static result<void> cancel(const action& self);

  CLI::App* app_;
  /// On the heap, because options write into them.
  std::vector<std::unique_ptr<action>> actions_;
};

} // namespace sluice::cli
