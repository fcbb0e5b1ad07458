#include "messaging/embedded_server.hpp"

#include "messaging/child_process.hpp"
#include "messaging/listening_port.hpp"
#include "messaging/old_logs.hpp"
#include "messaging/restart_delay.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace sluice::messaging {

namespace {

using std::chrono::milliseconds;

/// JetStream reads its store before the server greets.
constexpr auto start_patience = milliseconds{30'000};
constexpr auto stop_patience = milliseconds{5'000};
constexpr auto look_again = milliseconds{10};
/// How often old log files are looked for, and how many are kept; nats-server
/// 2.9 keeps them all.
constexpr auto prune_pause = milliseconds{60'000};
constexpr auto old_logs_max = std::size_t{4};

std::unexpected<failure> refuse(std::string message) {
  return std::unexpected{
      failure{failure::kind::configuration, std::move(message)}};
}

/// A text in the syntax of nats-server's configuration.
std::string quoted(const std::string& text) {
  auto result = std::string{"\""};
  for (const auto c : text) {
    if (c == '"' || c == '\\')
      result.push_back('\\');
    result.push_back(c);
  }
  return result + "\"";
}

std::string last_line(const std::string& file) {
  auto in = std::ifstream{file};
  auto result = std::string{};
  for (auto line = std::string{}; std::getline(in, line);)
    if (!line.empty())
      result = line;
  return result;
}

} // namespace

struct embedded_server::impl {
  embedded_server_options options;
  observer on_event;
  std::string program;
  std::string url;
  std::uint16_t port = 0;
  std::atomic<int> process_id = -1;
  std::atomic<std::uint32_t> restarts = 0;
  file_descriptor stop;
  /// Starts and watches the child. One thread for all of its life, for the
  /// kernel ends the child with the thread that started it.
  std::thread thread;

  [[nodiscard]] std::string file(const char* name) const {
    return options.directory + "/" + name;
  }
  [[nodiscard]] result<void> prepare();
  void end_orphan() const;
  [[nodiscard]] result<void> write_configuration() const;
  [[nodiscard]] result<child_process> launch();
  [[nodiscard]] bool wait_for_stop(milliseconds patience) const noexcept;
  [[nodiscard]] bool watch(child_process& child) const noexcept;
  void run(std::promise<result<void>> started);
  [[nodiscard]] child_process launch_again(milliseconds wait,
                                           restart_delay& delays);
};

result<void> embedded_server::impl::prepare() {
  auto problem = std::error_code{};
  std::filesystem::create_directories(options.directory, problem);
  if (problem)
    return refuse("cannot make the folder " + options.directory + ": "
                  + problem.message());
  auto found = find_program(options.program);
  if (!found)
    return std::unexpected{found.error()};
  program = std::move(*found);
  end_orphan();
  auto chosen
      = choose_port(options.host, options.port, options.next_port_if_taken);
  if (!chosen)
    return std::unexpected{chosen.error()};
  port = *chosen;
  url = "nats://" + host_and_port(options.host, port);
  return write_configuration();
}

void embedded_server::impl::end_orphan() const {
  // After a kill -9 of this process the child may take a moment to end, and
  // holds the port meanwhile. The folder is locked, so there is no other
  // Sluice that it could belong to.
  auto pid = pid_t{0};
  if (!(std::ifstream{file("nats-server.pid")} >> pid) || pid <= 1)
    return;
  const auto is_ours = [this, pid] {
    auto in = std::ifstream{"/proc/" + std::to_string(pid) + "/cmdline",
                            std::ios::binary};
    const auto line = std::string{std::istreambuf_iterator<char>{in}, {}};
    return line.find(file("nats-server.conf")) != line.npos;
  };
  if (!is_ours())
    return;
  ::kill(pid, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + stop_patience;
  while (is_ours()) {
    if (std::chrono::steady_clock::now() >= until)
      ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(look_again);
  }
}

result<void> embedded_server::impl::write_configuration() const {
  const auto path = file("nats-server.conf");
  auto out = std::ofstream{path, std::ios::trunc};
  out << "# Written by Sluice at each start; changes are lost.\n"
      << "listen: " << quoted(host_and_port(options.host, port)) << "\n"
      << "pid_file: " << quoted(file("nats-server.pid")) << "\n"
      << "log_file: " << quoted(file("nats-server.log")) << "\n"
      << "logfile_size_limit: 16MB\n"
      // Under a flood half of it is the queue before Sluice (ADR 0015).
      << "max_pending: 16MB\n"
      << "jetstream { store_dir: " << quoted(file("jetstream")) << " }\n"
      << "mappings {\n";
  for (const auto& [from, to] : options.mappings)
    out << "  " << quoted(from) << ": " << quoted(to) << "\n";
  out << "}\n";
  out.close();
  if (!out)
    return refuse("cannot write " + path + ": " + std::strerror(errno));
  return {};
}

result<child_process> embedded_server::impl::launch() {
  remove_old_logs(file("nats-server.log"), old_logs_max);
  const auto output = file("nats-server.out");
  // What the last one said to nobody.
  auto ignored = std::error_code{};
  std::filesystem::remove(output, ignored);
  auto child = child_process::start(
      program, {"--config", file("nats-server.conf")}, output);
  if (!child)
    return child;
  process_id.store(child->id());
  const auto until = std::chrono::steady_clock::now() + start_patience;
  while (!greets(options.host, port, milliseconds{1'000})) {
    if (child->wait(look_again))
      return refuse(program + " " + child->ending() + ": " + last_line(output)
                    + " (see " + file("nats-server.log") + ")");
    if (wait_for_stop({}) || std::chrono::steady_clock::now() >= until)
      return refuse(program + " does not answer on " + url);
  }
  // Somebody else may answer, while ours could not have the port.
  if (child->wait({}))
    return refuse(program + " " + child->ending()
                  + "; does another server listen on " + url + "?");
  return child;
}

bool embedded_server::impl::wait_for_stop(
    milliseconds patience) const noexcept {
  auto watched = pollfd{stop.get(), POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(patience.count())) > 0;
}

/// @return whether it was told to stop; else the child has ended.
bool embedded_server::impl::watch(child_process& child) const noexcept {
  auto watched = std::array<pollfd, 2>{
      {{stop.get(), POLLIN, 0}, {child.descriptor(), POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(),
                static_cast<int>(prune_pause.count()))
         <= 0)
    // Or interrupted: it does no harm then.
    remove_old_logs(file("nats-server.log"), old_logs_max);
  return (watched[0].revents & POLLIN) != 0;
}

child_process embedded_server::impl::launch_again(milliseconds wait,
                                                  restart_delay& delays) {
  while (!wait_for_stop(wait)) {
    if (auto child = launch()) {
      restarts.fetch_add(1);
      on_event(event::restarted, "nats-server runs again on " + url);
      return std::move(*child);
    } else {
      wait = delays.next();
      on_event(event::not_started, "nats-server could not be started again: "
                                       + child.error().message
                                       + "; the next try is in "
                                       + std::to_string(wait.count()) + " ms");
    }
  }
  return {};
}

void embedded_server::impl::run(std::promise<result<void>> started) {
  auto launched = launch();
  started.set_value(launched ? result<void>{}
                             : std::unexpected{launched.error()});
  if (!launched)
    return;
  auto child = std::move(*launched);
  auto delays = restart_delay{};
  auto since = std::chrono::steady_clock::now();
  while (child.id() > 0 && !watch(child)) {
    if (!child.wait(stop_patience))
      continue;
    process_id.store(-1);
    delays.ran(std::chrono::steady_clock::now() - since);
    const auto wait = delays.next();
    on_event(event::died, "nats-server " + child.ending()
                              + "; it is started again in "
                              + std::to_string(wait.count()) + " ms");
    child = launch_again(wait, delays);
    since = std::chrono::steady_clock::now();
  }
  child.stop(stop_patience);
  process_id.store(-1);
}

result<std::unique_ptr<embedded_server>>
embedded_server::start(const embedded_server_options& options,
                       observer on_event) {
  auto state = std::make_unique<impl>();
  state->options = options;
  state->on_event = std::move(on_event);
  state->stop = file_descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!state->stop)
    return refuse(std::string{"no eventfd: "} + std::strerror(errno));
  if (auto prepared = state->prepare(); !prepared)
    return std::unexpected{prepared.error()};
  auto promise = std::promise<result<void>>{};
  auto started = promise.get_future();
  auto* self = state.get();
  state->thread = std::thread{[self, told = std::move(promise)]() mutable {
    self->run(std::move(told));
  }};
  auto made
      = std::unique_ptr<embedded_server>{new embedded_server{std::move(state)}};
  if (auto done = started.get(); !done)
    return std::unexpected{done.error()};
  return made;
}

embedded_server::embedded_server(std::unique_ptr<impl> state)
    : impl_{std::move(state)} {}

embedded_server::~embedded_server() {
  // It cannot fail: the counter is far from its end.
  (void)::eventfd_write(impl_->stop.get(), 1);
  impl_->thread.join();
}

const std::string& embedded_server::url() const noexcept {
  return impl_->url;
}

std::uint16_t embedded_server::port() const noexcept {
  return impl_->port;
}

int embedded_server::process_id() const noexcept {
  return impl_->process_id.load();
}

std::uint32_t embedded_server::restarts() const noexcept {
  return impl_->restarts.load();
}

} // namespace sluice::messaging
