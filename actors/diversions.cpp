#include "actors/diversions.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sluice::actors {

namespace {

/// Of each eight requests seven come by the spare connection. What is left is
/// no flood, and the threads are few.
constexpr auto subscriptions = std::size_t{7};
/// A diversion that gets fewer requests than this in such a time ends: so many
/// do no harm where they come from.
constexpr auto look_interval = std::chrono::seconds{5};
constexpr auto flood_requests_min = std::uint64_t{5'000};
constexpr auto sync_patience = std::chrono::seconds{2};
constexpr auto drain_patience = std::chrono::seconds{5};

} // namespace

diversions::diversions(
    std::span<const std::unique_ptr<messaging::connection>> spare,
    nats_reply_sink& shared, service_counters& counters) {
  for (const auto& each : spare)
    all_.emplace_back(*each, shared, counters);
}

void diversions::start(const ingress_options& options) {
  if (all_.empty())
    return;
  auto own = options;
  own.diversions = nullptr;
  thread_ = std::jthread{
      [this, own = std::move(own)](const std::stop_token& stopping) {
        run(stopping, own);
      }};
}

void diversions::divert(std::string_view prefix,
                        std::string_view database) noexcept {
  try {
    const auto guard = std::lock_guard{mutex_};
    auto whose = flooded{std::string{prefix}, std::string{database}};
    const auto has_it = [&whose](const diversion& x) {
      return x.whose == whose;
    };
    const auto is_spare = [](const diversion& x) {
      return !x.whose;
    };
    if (wanted_ || is_given_up_ || std::ranges::any_of(all_, has_it)
        || std::ranges::none_of(all_, is_spare))
      return;
    wanted_ = std::move(whose);
    changed_.notify_one();
  } catch (const std::exception& problem) {
    // Out of memory. If the flood goes on, it is asked for again.
    spdlog::error("a flood of requests is not led around others: {}",
                  problem.what());
  }
}

void diversions::run(const std::stop_token& stopping,
                     const ingress_options& options) {
  while (!stopping.stop_requested()) {
    auto guard = std::unique_lock{mutex_};
    const auto is_wanted = [this] {
      return wanted_.has_value();
    };
    if (count() == 0)
      changed_.wait(guard, stopping, is_wanted);
    else
      changed_.wait_for(guard, stopping, look_interval, is_wanted);
    const auto wanted = std::exchange(wanted_, {});
    guard.unlock();
    if (stopping.stop_requested())
      return;
    try {
      end_idle();
      const auto is_spare = [](const diversion& x) {
        return !x.whose;
      };
      const auto spare = std::ranges::find_if(all_, is_spare);
      if (wanted && spare != all_.end())
        begin(*spare, *wanted, options);
    } catch (const std::exception& problem) {
      give_up(problem.what());
    }
  }
}

void diversions::begin(diversion& with, const flooded& whose,
                       const ingress_options& options) {
  const auto subject = whose.prefix + ".db." + whose.database + ".>";
  const auto opened = with.way.open(options, {.prefix = whose.prefix,
                                              .subject = subject,
                                              .subscriptions = subscriptions});
  with.looked = clock::now();
  with.received = 0;
  set(with, whose);
  const auto problem = opened ? refusal_of(with, subject)
                              : std::string{opened.error().message};
  if (problem.empty()) {
    spdlog::info("too many requests come for the database {}: most of them "
                 "get a connection of their own",
                 whose.database);
    return;
  }
  end(with);
  give_up(problem);
}

/// What the NATS server does not permit it tells before it answers `sync`.
/// @return empty: it has told nothing.
std::string diversions::refusal_of(diversion& which,
                                   const std::string& subject) {
  auto& connection = which.way.connection();
  if (!connection.sync(sync_patience))
    return {};
  auto refusal = connection.last_refusal();
  // Another one is older, of a reply.
  return refusal.contains("\"" + subject + "\"") ? refusal : std::string{};
}

void diversions::give_up(std::string_view why) {
  {
    const auto guard = std::lock_guard{mutex_};
    is_given_up_ = true;
  }
  spdlog::warn("no database gets a connection of its own any more; floods "
               "delay the requests for others: {}",
               why);
}

void diversions::end_idle() {
  const auto now = clock::now();
  for (auto& each : all_) {
    if (!each.whose || now - each.looked < look_interval)
      continue;
    const auto received = each.way.received();
    const auto is_flood = received - std::exchange(each.received, received)
                          >= flood_requests_min;
    each.looked = now;
    if (is_flood)
      continue;
    spdlog::info("the database {} shares a connection with others again",
                 each.whose->database);
    end(each);
  }
}

void diversions::end(diversion& which) {
  if (!which.way.drain(clock::now() + drain_patience))
    spdlog::warn("a connection was not drained in time");
  which.way.close();
  set(which, {});
}

void diversions::set(diversion& which, std::optional<flooded> whose) {
  const auto guard = std::lock_guard{mutex_};
  which.whose = std::move(whose);
  count_.store(
      static_cast<std::size_t>(std::ranges::count_if(
          all_, [](const diversion& x) { return x.whose.has_value(); })),
      std::memory_order_relaxed);
}

void diversions::stop() noexcept {
  thread_ = {};
}

bool diversions::drain(std::chrono::steady_clock::time_point until) noexcept {
  auto is_clean = true;
  for (auto& each : all_)
    is_clean = each.way.drain(until) && is_clean;
  return is_clean;
}

void diversions::stop_admission() noexcept {
  for (auto& each : all_)
    each.way.stop_admission();
}

void diversions::close() noexcept {
  for (auto& each : all_)
    each.way.close();
}

std::vector<nats_reply_sink*> diversions::sinks() {
  auto result = std::vector<nats_reply_sink*>{};
  for (auto& each : all_)
    result.push_back(&each.way.sink());
  return result;
}

} // namespace sluice::actors
