#include "cli/connection_log.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace sluice::cli {

// spdlog passes no exception of its own on to the caller.

connection_log::connection_log(std::size_t connections,
                               std::function<void(const std::string&)> on_lost)
    : on_lost_{std::move(on_lost)}, missing_{connections} {
  // nop
}

void connection_log::on_connected(std::string_view url) noexcept {
  if (missing_.fetch_sub(1) == 1)
    spdlog::info("connected to NATS at {}", url);
}

void connection_log::on_disconnected(std::string_view reason) noexcept {
  if (missing_.fetch_add(1) == 0)
    spdlog::warn("the connection to NATS is lost: {}; connecting again",
                 reason);
}

void connection_log::on_reconnected(std::string_view url) noexcept {
  if (missing_.fetch_sub(1) == 1)
    spdlog::info("connected to NATS again, at {}", url);
}

void connection_log::on_closed(std::string_view reason) noexcept {
  try {
    on_lost_("the connection to NATS is closed for good: "
             + std::string{reason});
  } catch (const std::exception&) {
    // Out of memory, for the reason.
    on_lost_("the connection to NATS is closed for good");
  }
}

void connection_log::on_error(std::string_view subject,
                              std::string_view reason) noexcept {
  const auto others = error_lines_.pass();
  if (!others)
    return;
  if (*others > 0)
    spdlog::error("NATS: {} more errors were not logged", *others);
  if (subject.empty())
    spdlog::error("NATS: {}", reason);
  else
    spdlog::error("NATS, subscription {}: {}", subject, reason);
}

} // namespace sluice::cli
