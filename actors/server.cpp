#include "actors/server.hpp"

#include "actors/authentication.hpp"
#include "actors/diversions.hpp"
#include "actors/ingress.hpp"
#include "actors/nats_reply_sink.hpp"
#include "actors/read_queue.hpp"
#include "actors/reply_sinks.hpp"
#include "actors/running_requests.hpp"
#include "actors/supervisor.hpp"
#include "actors/time_until.hpp"
#include "actors/way_in.hpp"
#include "codec/timestamp.hpp"
#include "services/partition.hpp"
#include "storage/sqlite_library.hpp"

#include <caf/all.hpp>
#include <sodium.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::actors {

namespace {

/// CAF's settings, in code: it must not read ./caf-application.ini.
struct system_config : caf::actor_system_config {
  system_config() {
    add_message_types<caf::id_block::sluice_messages>();
    // Work stealing polls, and lets a message wait behind its sender.
    set("scheduler.policy", caf::atom("sharing"));
    // Only the supervisor runs on the scheduler.
    set("scheduler.max-threads", std::size_t{1});
  }
};

/// For the supervisor to make the others.
constexpr auto supervisor_patience = std::chrono::seconds{15};
/// For actors to end: those beside threads that are known to hang, and those
/// whose requests the drain did not wait for, which end at their deadlines.
constexpr auto actors_patience_min = std::chrono::seconds{1};
constexpr auto actors_patience_max = std::chrono::seconds{10};

/// For the NATS server to take the last replies, of all connections.
constexpr auto sync_patience = std::chrono::seconds{5};

std::string host_name() {
  auto buffer = std::array<char, 256>{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0)
    return "sluice";
  return buffer.data();
}

std::string make_instance_id() {
  constexpr auto letters
      = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"};
  auto result = std::string(22, ' ');
  for (auto& c : result)
    c = letters[randombytes_uniform(letters.size())];
  return result;
}

services::service_identity identity_of(const config::settings& settings,
                                       const std::string& server_name) {
  auto result = services::service_identity{};
  result.id = make_instance_id();
  result.version = SLUICE_VERSION;
  result.subject_prefix = settings.nats.subject_prefix;
  result.queue_group = settings.nats.queue_group;
  result.server = server_name;
  result.started = codec::format_timestamp(std::chrono::system_clock::now());
  return result;
}

} // namespace

std::size_t reader_count(const config::settings& settings) {
  if (settings.readers.count != 0)
    return settings.readers.count;
  // One more than cores: one database may not have them all (read_queue).
  return std::max<std::size_t>(std::thread::hardware_concurrency(), 2) + 1;
}

struct server::impl {
  impl(const config::settings& settings_in,
       const storage::data_directory& directory_in,
       const security::server_keys& keys, const server_connections& by_in)
      : settings{settings_in}, by{by_in},
        server_name{settings_in.server_name.empty() ? host_name()
                                                    : settings_in.server_name},
        sink{by_in.main}, stream_sink{by_in.streams},
        admitted{settings_in.admission.requests_max,
                 settings_in.admission.bytes_max},
        queue{settings_in.readers},
        databases{queue, admitted, settings_in.admission},
        results{settings_in.services}, accounts{settings_in.auth, keys},
        context{settings_in, directory_in, server_name, replies, databases,
                queue,       results,      accounts,    running},
        identity{identity_of(settings_in, server_name)},
        floods{by_in.spare, sink, counters} {
    for (const auto& each : by_in.partitions)
      sinks.add(partitions.emplace_back(*each, sink, counters).sink());
    for (auto* each : floods.sinks())
      sinks.add(*each);
    sinks.add(stream_sink);
  }

  const config::settings& settings;
  const server_connections by;
  std::string server_name;
  nats_reply_sink sink;
  nats_reply_sink stream_sink;
  reply_sinks sinks{sink};
  service_counters counters;
  reply_context replies{sinks, stream_sink, counters};
  reply_context stream_replies{stream_sink, stream_sink, counters};
  /// They stay where they are.
  std::deque<way_in> partitions;
  admission admitted;
  read_queue queue;
  open_databases databases;
  result_cache results;
  authentication accounts;
  running_requests running{databases, queue};
  serving_context context;
  services::service_identity identity;
  diversions floods;
  // The actors must be gone before what they refer to.
  system_config config;
  std::unique_ptr<caf::actor_system> system;
  supervisor_actor root;
  std::unique_ptr<ingress> in;
  std::unique_ptr<discovery_handler> discovery;
  std::vector<std::unique_ptr<messaging::subscription>> subscriptions;
  bool is_drained = false;
  bool has_hanging_threads = false;

  codec::result<catalog_actor>
  start_actors(std::shared_ptr<storage::catalogue> store,
               std::function<void(const std::string&)> on_fatal);
  codec::result<void> open_ways_in(catalog_actor catalog);
  codec::result<void> subscribe();
  void close_ways_in();
  void send_the_rest();
  bool drain_ways_in(std::chrono::steady_clock::time_point until);
  bool await_answers(std::chrono::steady_clock::time_point until) const;
  bool end_actors(std::chrono::steady_clock::time_point until);
};

codec::result<catalog_actor>
server::impl::start_actors(std::shared_ptr<storage::catalogue> store,
                           std::function<void(const std::string&)> on_fatal) {
  // Shared: the supervisor may still be in `set_value` when `get` returns.
  auto promised = std::make_shared<std::promise<catalog_actor>>();
  auto started = promised->get_future();
  system = std::make_unique<caf::actor_system>(config);
  root = system->spawn(
      make_supervisor,
      supervisor_options{.catalog = {context, std::move(store)},
                         .readers = reader_count(settings),
                         .on_fatal = std::move(on_fatal),
                         .on_catalog = [promised = std::move(promised)](
                                           catalog_actor catalog) {
                           promised->set_value(std::move(catalog));
                         }});
  if (started.wait_for(supervisor_patience) == std::future_status::ready)
    try {
      return started.get();
    } catch (const std::future_error& broken) {
      spdlog::error("the supervisor has ended: {}", broken.what());
    }
  return codec::fail(codec::error_code::unavailable,
                     "the actors do not start: there are no more threads, or "
                     "no memory");
}

codec::result<void> server::impl::open_ways_in(catalog_actor catalog) {
  const auto options = ingress_options{.context = context,
                                       .streams = stream_replies,
                                       .admitted = admitted,
                                       .identity = identity,
                                       .catalog = std::move(catalog),
                                       .prefix = settings.nats.subject_prefix,
                                       .diversions = &floods};
  floods.start(options);
  in = std::make_unique<ingress>(options);
  discovery = std::make_unique<discovery_handler>(*in);
  for (auto number = std::size_t{0}; number < partitions.size(); ++number) {
    const auto prefix
        = services::partition_prefix(settings.nats.subject_prefix, number);
    // All in one subscription, which has one thread.
    if (auto opened = partitions[number].open(
            options, {.prefix = prefix, .subject = prefix + ".db.>"});
        !opened)
      return opened;
  }
  return subscribe();
}

codec::result<void> server::impl::subscribe() {
  const auto add
      = [this](const std::string& subject, const std::string& group,
               messaging::message_handler& handler) -> codec::result<void> {
    auto made = by.main.subscribe(subject, group, handler);
    if (!made)
      return codec::fail(codec::error_code::unavailable,
                         "cannot subscribe to " + subject + ": "
                             + made.error().message);
    subscriptions.push_back(std::move(*made));
    return {};
  };
  for (const auto tail : services::subscriptions())
    if (auto added = add(settings.nats.subject_prefix + "." + std::string{tail},
                         settings.nats.queue_group, *in);
        !added)
      return added;
  // Discovery asks every server, so without the queue group.
  for (const auto* subject : {"$SRV.*", "$SRV.*.sluice", "$SRV.*.sluice.*"})
    if (auto added = add(subject, "", *discovery); !added)
      return added;
  return {};
}

codec::result<std::unique_ptr<server>>
server::start(const config::settings& settings,
              const storage::data_directory& directory,
              const security::server_keys& keys, const server_connections& by,
              std::function<void(const std::string&)> on_fatal) {
  if (sodium_init() < 0)
    return codec::fail(codec::error_code::internal,
                       "no source of random numbers");
  if (auto kept = storage::keep_temporary_files_in(directory.temporary_path());
      !kept)
    return std::unexpected{kept.error()};
  auto options = connection_options_of(settings, storage::access::writer);
  // Few and precious: which databases there are must not be lost.
  options.durability = config::durability::full;
  auto store = storage::catalogue::open(
      directory, options,
      std::chrono::seconds{settings.idempotency.retention_s});
  if (!store)
    return std::unexpected{
        codec::reworded(store.error(), directory.catalogue_path() + ": "
                                           + store.error().message)};
  auto result = std::unique_ptr<server>{
      new server{std::make_unique<impl>(settings, directory, keys, by)}};
  auto& self = *result->impl_;
  if (auto learnt = learn_databases(self.databases, *store); !learnt)
    return codec::fail(learnt.error().code, directory.catalogue_path() + ": "
                                                + learnt.error().message);
  for (auto* sink : {&self.sink, &self.stream_sink})
    if (auto watching = sink->start_watching(); !watching)
      return codec::fail(codec::error_code::unavailable,
                         "cannot watch for requesters that go away: "
                             + watching.error().message);
  auto catalog = self.start_actors(
      std::make_shared<storage::catalogue>(std::move(*store)),
      std::move(on_fatal));
  if (!catalog)
    return std::unexpected{catalog.error()};
  if (auto opened = self.open_ways_in(std::move(*catalog)); !opened)
    return std::unexpected{opened.error()};
  return result;
}

server::server(std::unique_ptr<impl> state) : impl_{std::move(state)} {
  // nop
}

server::~server() {
  drain();
  // Leaked: the threads that hang use it, and the process ends.
  if (impl_->has_hanging_threads)
    // NOLINTNEXTLINE(bugprone-unused-return-value)
    static_cast<void>(impl_.release());
}

bool server::has_hanging_threads() const noexcept {
  return impl_->has_hanging_threads;
}

bool server::impl::await_answers(
    std::chrono::steady_clock::time_point until) const {
  // The tokens know nothing of who waits; this runs once, at the end.
  while (admitted.requests() > 0) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

/// Waits for the actors' threads.
/// @return false if some do not end.
bool server::impl::end_actors(std::chrono::steady_clock::time_point until) {
  // Threads may have run out before there was a system.
  if (!system)
    return true;
  // CAF itself waits without a bound.
  while (system->registry().running() > 0) {
    if (std::chrono::steady_clock::now() >= until) {
      has_hanging_threads = true;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  system.reset();
  return true;
}

/// Takes what has arrived, then nothing more.
bool server::impl::drain_ways_in(std::chrono::steady_clock::time_point until) {
  floods.stop();
  auto is_clean = true;
  for (auto& subscription : subscriptions)
    is_clean = subscription->drain(time_until(until)) && is_clean;
  for (auto& each : partitions)
    is_clean = each.drain(until) && is_clean;
  is_clean = floods.drain(until) && is_clean;
  if (in)
    in->stop_admission();
  for (auto& each : partitions)
    each.stop_admission();
  floods.stop_admission();
  subscriptions.clear();
  return is_clean;
}

void server::impl::close_ways_in() {
  discovery.reset();
  in.reset();
  for (auto& each : partitions)
    each.close();
  floods.close();
}

void server::impl::send_the_rest() {
  sinks.flush();
  const auto until = std::chrono::steady_clock::now() + sync_patience;
  auto all = std::vector<messaging::connection*>{&by.main, &by.streams};
  for (const auto& ways : {by.partitions, by.spare})
    for (const auto& each : ways)
      all.push_back(each.get());
  auto problem = std::string{};
  for (auto* each : all)
    if (auto synced = each->sync(time_until(until)); !synced)
      problem = std::move(synced.error().message);
  if (!problem.empty())
    spdlog::warn("the last replies may not have left: {}", problem);
}

const std::string& server::instance_id() const noexcept {
  return impl_->identity.id;
}

bool server::drain() {
  auto& self = *impl_;
  if (std::exchange(self.is_drained, true))
    return true;
  const auto drain_time
      = std::chrono::milliseconds{self.settings.shutdown.drain_ms_max};
  const auto until = std::chrono::steady_clock::now() + drain_time;
  auto is_clean = self.drain_ways_in(until);
  is_clean = self.await_answers(until) && is_clean;
  auto is_hanging = self.queue.count().hung > 0;
  if (self.root) {
    auto asker = caf::scoped_actor{*self.system, true};
    // Longer than the supervisor's own patience.
    asker
        ->request(self.root, drain_time + std::chrono::seconds{5},
                  shut_atom::value)
        .receive(
            [&is_clean](bool was_clean) { is_clean = was_clean && is_clean; },
            [&is_clean](const caf::error&) { is_clean = false; });
    self.root = nullptr;
  }
  self.close_ways_in();
  is_hanging = is_hanging || self.databases.hung_writers() > 0;
  const auto patience = is_hanging ? actors_patience_min : actors_patience_max;
  is_clean = self.end_actors(std::chrono::steady_clock::now() + patience)
             && is_clean;
  self.send_the_rest();
  return is_clean;
}

} // namespace sluice::actors
