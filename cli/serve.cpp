#include "cli/serve.hpp"

#include "actors/server.hpp"
#include "cli/descriptor_limit.hpp"
#include "cli/failure.hpp"
#include "cli/logging.hpp"
#include "cli/rival_services.hpp"
#include "cli/serve_hints.hpp"
#include "cli/serving_connections.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/watchdog.hpp"
#include "config/settings_rules.hpp"
#include "messaging/embedded_server.hpp"
#include "services/partition.hpp"
#include "storage/data_directory.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "security/key_ring.hpp"

namespace sluice::cli {

namespace {

using std::chrono::milliseconds;

/// What the end may take beyond `shutdown.drain_ms_max` before it is forced.
constexpr auto shutdown_margin = milliseconds{15'000};

/// Ends the service for a reason; any thread.
class fatal_end {
public:
  void operator()(const std::string& reason) noexcept {
    if (is_ending_.load())
      return;
    spdlog::critical("{}", reason);
    has_come_.store(true);
    termination_signals::raise();
  }
  /// What comes from now on is part of an orderly end.
  void ignore_from_now_on() noexcept {
    is_ending_.store(true);
  }
  [[nodiscard]] bool has_come() const noexcept {
    return has_come_.load();
  }

private:
  std::atomic<bool> is_ending_ = false;
  std::atomic<bool> has_come_ = false;
};

result<std::unique_ptr<messaging::embedded_server>>
start_nats(const config::loaded_settings& loaded,
           const storage::data_directory& directory) {
  const auto& nats = loaded.values.nats;
  const auto address = config::parse_listen_address(nats.listen);
  if (!address)
    return fail(exit_code::usage, "nats.listen: " + address.error());
  auto mappings = std::vector<std::pair<std::string, std::string>>{};
  if (nats.partitions > 0) {
    auto mapping
        = services::partition_mapping(nats.subject_prefix, nats.partitions);
    mappings.emplace_back(std::move(mapping.from), std::move(mapping.to));
  }
  auto started = messaging::embedded_server::start(
      {.program = nats.server_program,
       .host = address->host,
       .port = address->port,
       .next_port_if_taken = !loaded.is_explicit("nats.listen"),
       .directory = directory.nats_path(),
       .mappings = std::move(mappings)},
      [](messaging::embedded_server::event what, const std::string& words) {
        if (what == messaging::embedded_server::event::not_started)
          spdlog::error("{}", words);
        else
          spdlog::warn("{}", words);
      });
  if (!started)
    return fail(exit_code::refused, std::move(started.error().message));
  spdlog::info("nats-server runs at {}", (*started)->url());
  return std::move(*started);
}

/// The keys of tokens; the first start makes one.
result<security::server_keys> load_keys(const config::auth_settings& settings,
                                        const std::string& secret_path) {
  auto keys = security::load_keys(settings, secret_path);
  if (!keys)
    return fail(keys.error().code == codec::error_code::bad_request
                    ? exit_code::usage
                    : exit_code::refused,
                std::move(keys.error().message));
  for (const auto& note : keys->notes)
    spdlog::info("{}", note);
  const auto& signer = keys->ring.signer();
  spdlog::debug("tokens are signed with {}, kid {}",
                security::name(signer.algorithm()), signer.kid());
  for (const auto& warning : keys->warnings)
    spdlog::warn("{}", warning);
  return std::move(*keys);
}

/// With how many partitions the NATS server serves.
std::size_t partitions_of(const config::loaded_settings& loaded) {
  const auto& nats = loaded.values.nats;
  return nats.url.empty() || loaded.is_explicit("nats.partitions")
             ? nats.partitions
             : 0;
}

void announce(const config::settings& settings,
              const messaging::connection& connection,
              const serve_options& options) {
  const auto url = connection.url();
  print("ready " + url + " data " + settings.data + "\n");
  if (options.hints)
    print(serve_hints(settings, url));
  if (!finish_output())
    spdlog::warn("nobody reads standard output");
  spdlog::info("sluice {} serves {}.> at {}, data in {}, durability {}",
               SLUICE_VERSION, settings.nats.subject_prefix, url, settings.data,
               settings.durability == config::durability::full ? "full"
                                                               : "normal");
}

/// Looks for others by a connection of its own, whose refusals are no reason
/// not to serve.
std::string rival_before_serving(const config::nats_settings& settings,
                                 const std::string& url) {
  auto connection
      = messaging::connection::connect(settings, url, "sluice start", nullptr);
  if (connection)
    return find_rival(**connection, settings, {});
  spdlog::info("whether another server answers {}.> is not known yet: {}",
               settings.subject_prefix, connection.error().message);
  return {};
}

/// While it starts, a library may give up for want of a thread.
[[noreturn]] void end_failed_start() {
  spdlog::critical("cannot start: there are no more threads, or no memory");
  std::_Exit(static_cast<int>(exit_code::refused));
}

/// What serves, in the order in which it is made; it ends in the reverse.
class service {
public:
  service(const config::loaded_settings& loaded, const serve_options& options,
          const termination_signals& signals, watchdog& guard)
      : loaded_{loaded}, options_{options}, signals_{signals}, guard_{guard} {}

  /// Starts, serves until a signal, and finishes what was accepted.
  [[nodiscard]] result<exit_code> run();

private:
  /// @return false if it is to end before it has begun to serve.
  [[nodiscard]] result<bool> start();
  [[nodiscard]] result<void> check_rival(const std::string& found) const;
  [[nodiscard]] result<void> start_server();
  exit_code finish(std::string_view why);

  const config::loaded_settings& loaded_;
  const serve_options& options_;
  const termination_signals& signals_;
  watchdog& guard_;
  std::optional<storage::data_directory> directory_;
  std::optional<security::server_keys> keys_;
  std::unique_ptr<messaging::embedded_server> nats_;
  fatal_end fatal_;
  std::unique_ptr<serving_connections> connections_;
  std::unique_ptr<actors::server> server_;
};

result<void> service::check_rival(const std::string& found) const {
  if (found.empty())
    return {};
  if (loaded_.values.nats.shared_prefix) {
    spdlog::warn("{}. It is so by nats.shared_prefix", found);
    return {};
  }
  return fail(exit_code::refused,
              found
                  + ". Stop it, give this one a nats.subject_prefix of its "
                    "own, or set nats.shared_prefix = true");
}

result<void> service::start_server() {
  auto& connections = *connections_;
  auto server = actors::server::start(
      // NOLINTNEXTLINE(bugprone-unchecked-optional-access): start() made them.
      loaded_.values, *directory_, *keys_,
      {connections.main(), connections.streams(), connections.partitions(),
       connections.spare()},
      [this](const std::string& reason) { fatal_(reason); });
  if (!server)
    return fail(exit_code::refused, std::move(server.error().message));
  server_ = std::move(*server);
  return {};
}

result<bool> service::start() {
  const auto& settings = loaded_.values;
  provide_descriptors(settings, actors::reader_count(settings));
  auto directory
      = storage::data_directory::open(settings.data, settings.storage);
  if (!directory)
    return fail(exit_code::refused, std::move(directory.error().message));
  directory_.emplace(std::move(*directory));
  auto keys = load_keys(settings.auth, directory_->secret_path());
  if (!keys)
    return std::unexpected{std::move(keys.error())};
  keys_.emplace(std::move(*keys));
  if (settings.nats.url.empty()) {
    auto started = start_nats(loaded_, *directory_);
    if (!started)
      return std::unexpected{std::move(started.error())};
    nats_ = std::move(*started);
  }
  const auto url = nats_ ? nats_->url() : settings.nats.url;
  auto connections = serving_connections::open(
      settings.nats, url, partitions_of(loaded_),
      [this](const std::string& reason) { fatal_(reason); });
  if (!connections)
    return std::unexpected{std::move(connections.error())};
  connections_ = std::move(*connections);
  if (!connections_->await_server(signals_))
    return false;
  if (auto alone = check_rival(rival_before_serving(settings.nats, url));
      !alone)
    return std::unexpected{std::move(alone.error())};
  if (auto started = start_server(); !started)
    return std::unexpected{std::move(started.error())};
  return connections_->await_subscriptions(signals_);
}

result<exit_code> service::run() {
  const auto usual = std::set_terminate(end_failed_start);
  const auto is_wanted = start();
  std::set_terminate(usual);
  if (!is_wanted)
    return std::unexpected{is_wanted.error()};
  if (!*is_wanted)
    return finish("before the start was over");
  announce(loaded_.values, connections_->main(), options_);
  // Two that have started at the same time have not seen each other before.
  const auto alone = check_rival(find_rival(
      connections_->main(), loaded_.values.nats, server_->instance_id()));
  if (!alone) {
    spdlog::critical("{}", alone.error().message);
    finish("another server");
    return exit_code::refused;
  }
  return finish(name_of_signal(signals_.wait()));
}

exit_code service::finish(std::string_view why) {
  fatal_.ignore_from_now_on();
  spdlog::info("stopping ({}): finishing what was accepted", why);
  guard_.arm(milliseconds{loaded_.values.shutdown.drain_ms_max}
             + shutdown_margin);
  const auto is_clean = !server_ || server_->drain();
  if (server_ && server_->has_hanging_threads()) {
    spdlog::error("threads hang past their deadlines; the process ends without "
                  "them. What was acknowledged is on disk");
    nats_.reset();
    spdlog::default_logger()->flush();
    std::_Exit(EXIT_FAILURE);
  }
  server_.reset();
  connections_.reset();
  nats_.reset();
  spdlog::info("stopped{}", is_clean ? "" : ", but not everything in time");
  return is_clean && !fatal_.has_come() ? exit_code::ok : exit_code::refused;
}

/// @return the exit status.
exit_code run(const config::loaded_settings& loaded,
              const serve_options& options,
              const termination_signals& signals) {
  auto guard = watchdog{};
  auto running = service{loaded, options, signals, guard};
  auto done = result<exit_code>{};
  try {
    done = running.run();
  } catch (const std::exception& problem) {
    // No thread, no memory.
    done = fail(exit_code::refused, problem.what());
  }
  // What was made ends now, and may hang in that if it is not whole.
  guard.arm(shutdown_margin);
  if (done)
    return *done;
  spdlog::critical("cannot start: {}", done.error().message);
  return done.error().code;
}

} // namespace

int serve(const config::loaded_settings& loaded, const serve_options& options) {
  const auto signals = termination_signals{};
  set_up_logging(loaded.values.log);
  try {
    return static_cast<int>(run(loaded, options, signals));
  } catch (const std::exception& problem) {
    spdlog::critical("cannot start: {}", problem.what());
    return static_cast<int>(exit_code::refused);
  }
}

} // namespace sluice::cli
