#include "cli/serving_connections.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::cli {

namespace {

using std::chrono::milliseconds;

/// How often the first connection is looked for.
constexpr auto look_again = milliseconds{100};
constexpr auto sync_patience = milliseconds{2'000};

constexpr auto pending_bytes_min = std::uint64_t{1'024};

/// What all connections may hold is divided among them.
config::nats_settings share_of(const config::nats_settings& all,
                               std::size_t connections) {
  auto result = all;
  result.pending_bytes_max
      = std::max(all.pending_bytes_max / connections, pending_bytes_min);
  return result;
}

/// @return false if not yet.
result<bool> is_subscribed(messaging::connection& connection) {
  if (!connection.is_connected() || !connection.sync(sync_patience))
    return false;
  // Told before the answer that `sync` waits for.
  if (const auto refusal = connection.last_refusal(); !refusal.empty())
    return fail(exit_code::refused,
                "NATS at " + connection.url()
                    + " does not permit what Sluice needs: " + refusal
                    + "; config/nats/users.conf has what to permit");
  return true;
}

} // namespace

result<std::unique_ptr<serving_connections>>
serving_connections::open(const config::nats_settings& settings,
                          const std::string& url, std::size_t partitions,
                          std::function<void(const std::string&)> on_lost) {
  const auto count = 2 + partitions + settings.spare_connections;
  auto made = std::unique_ptr<serving_connections>{
      new serving_connections{count, std::move(on_lost)}};
  const auto share = share_of(settings, count);
  auto connection
      = messaging::connection::connect(share, url, "sluice", &made->log_, true);
  if (!connection)
    return fail(exit_code::refused, std::move(connection.error().message));
  made->main_ = std::move(*connection);
  struct group {
    std::size_t count;
    std::string_view name;
    messaging::delivery threads;
    std::vector<std::unique_ptr<messaging::connection>>& to;
  };
  for (const auto& each :
       {group{1, "sluice streams ", messaging::delivery::own, made->streams_},
        group{partitions, "sluice partition ", messaging::delivery::own,
              made->partitions_},
        group{settings.spare_connections, "sluice spare ",
              messaging::delivery::spare, made->spare_}})
    for (auto number = std::size_t{0}; number < each.count; ++number) {
      connection = messaging::connection::connect(
          share, url, std::string{each.name} + std::to_string(number),
          &made->log_, true, each.threads);
      if (!connection)
        return fail(exit_code::refused, std::move(connection.error().message));
      each.to.push_back(std::move(*connection));
    }
  return made;
}

bool serving_connections::await_server(const termination_signals& signals) {
  while (!main_->is_connected()) {
    tell_absence();
    if (signals.wait_for(look_again))
      return false;
  }
  return true;
}

result<bool>
serving_connections::await_subscriptions(const termination_signals& signals) {
  auto waited_for = std::vector<messaging::connection*>{main_.get()};
  for (const auto* ways : {&streams_, &partitions_, &spare_})
    for (const auto& each : *ways)
      waited_for.push_back(each.get());
  while (!waited_for.empty()) {
    const auto done = is_subscribed(*waited_for.back());
    if (!done)
      return std::unexpected{done.error()};
    if (*done) {
      waited_for.pop_back();
      continue;
    }
    tell_absence();
    if (signals.wait_for(look_again))
      return false;
  }
  return true;
}

void serving_connections::tell_absence() {
  if (!std::exchange(is_absence_told_, true))
    spdlog::warn("no NATS server answers at {} yet; trying on without end",
                 main_->url());
}

} // namespace sluice::cli
