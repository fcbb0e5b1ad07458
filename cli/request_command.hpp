#pragma once

#include "cli/client_options.hpp"
#include "cli/command.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {

/// `sluice request SUBJECT [JSON]`.
class request_command : public command {
public:
  explicit request_command(CLI::App& parent);
  [[nodiscard]] bool is_chosen() const override;
  [[nodiscard]] result<exit_code> run() override;

private:
  CLI::App* app_;
  std::string subject_;
  std::string body_ = "{}";
  std::vector<std::string> headers_;
  std::unique_ptr<client_options> client_;
};

/// The subject that `text` means: as it is if it begins with the prefix or
/// with $, and else under the prefix.
[[nodiscard]] std::string full_subject(std::string_view text,
                                       std::string_view prefix);

} // namespace sluice::cli
