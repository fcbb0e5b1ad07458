#include "cli/serve.hpp"

#include "actors/server.hpp"
#include "cli/failure.hpp"
#include "cli/logging.hpp"
#include "cli/rival_services.hpp"
#include "cli/serve_hints.hpp"
#include "cli/serving_connections.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "config/settings_rules.hpp"
#include "messaging/embedded_server.hpp"
#include "services/partition.hpp"
#include "storage/data_directory.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
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

result<exit_code> run(const config::loaded_settings& loaded,
                      const serve_options& options,
                      const termination_signals& signals) {
  const auto& settings = loaded.values;
  auto directory = storage::data_directory::open(settings.data);
  if (!directory)
    return fail(exit_code::refused, std::move(directory.error().message));
  const auto keys = load_keys(settings.auth, directory->secret_path());
  if (!keys)
    return std::unexpected{keys.error()};
  auto nats = std::unique_ptr<messaging::embedded_server>{};
  if (settings.nats.url.empty()) {
    auto started = start_nats(loaded, *directory);
    if (!started)
      return std::unexpected{std::move(started.error())};
    nats = std::move(*started);
  }
  auto fatal = fatal_end{};
  auto connections = serving_connections::open(
      settings.nats, nats ? nats->url() : settings.nats.url,
      partitions_of(loaded),
      [&fatal](const std::string& reason) { fatal(reason); });
  if (!connections)
    return std::unexpected{connections.error()};
  auto& connection = (*connections)->main();
  auto server = actors::server::start(
      settings, *directory, *keys,
      {connection, (*connections)->streams(), (*connections)->partitions(),
       (*connections)->spare()},
      [&fatal](const std::string& reason) { fatal(reason); });
  if (!server)
    return fail(exit_code::refused, std::move(server.error().message));
  const auto is_wanted = (*connections)->await_subscriptions(signals);
  if (!is_wanted)
    return std::unexpected{is_wanted.error()};
  if (*is_wanted) {
    announce(settings, connection, options);
    warn_of_rivals(connection, settings.nats, (*server)->instance_id());
    signals.wait();
  }
  fatal.ignore_from_now_on();
  spdlog::info("stopping: finishing what was accepted");
  signals.end_process_on_next();
  const auto guard = watchdog{milliseconds{settings.shutdown.drain_ms_max}
                              + shutdown_margin};
  const auto is_clean = (*server)->drain();
  if ((*server)->has_hanging_threads()) {
    spdlog::error("threads hang past their deadlines; the process ends without "
                  "them. What was acknowledged is on disk");
    nats.reset();
    spdlog::default_logger()->flush();
    std::_Exit(EXIT_FAILURE);
  }
  server->reset();
  connections->reset();
  nats.reset();
  spdlog::info("stopped{}", is_clean ? "" : ", but not everything in time");
  return is_clean && !fatal.has_come() ? exit_code::ok : exit_code::refused;
}

} // namespace

int serve(const config::loaded_settings& loaded, const serve_options& options) {
  const auto signals = termination_signals{};
  set_up_logging(loaded.values.log);
  const auto done = run(loaded, options, signals);
  if (done)
    return static_cast<int>(*done);
  spdlog::critical("cannot start: {}", done.error().message);
  return static_cast<int>(done.error().code);
}

} // namespace sluice::cli
