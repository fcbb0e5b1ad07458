#pragma once

#include "config/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::actors {

/// Decides to which subjects replies may be published. Whoever sends a request
/// names the subject of its reply, but Sluice publishes there with its own
/// rights: without this, a client could make it send to JetStream's API or send
/// requests to itself (docs/adr/0037). Any thread.
class reply_subjects {
public:
  explicit reply_subjects(const config::nats_settings& settings);

  /// @return why no reply may go there, in words; nothing if it may.
  [[nodiscard]] std::optional<std::string_view>
  refusal(std::string_view subject) const noexcept;

private:
  std::string own_;
  std::vector<std::string> allowed_;
};

} // namespace sluice::actors
