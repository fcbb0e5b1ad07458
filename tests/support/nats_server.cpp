#include "tests/support/nats_server.hpp"

#include "messaging/listening_port.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <sys/wait.h>

#include <csignal>
#include <fstream>

namespace sluice::tests {

nats_server::nats_server(std::string configuration)
    : configuration_{std::move(configuration)},
      port_{must(messaging::choose_port("127.0.0.1", 0, false))} {
  start();
}

void nats_server::configure(std::string configuration) {
  configuration_ = std::move(configuration);
  write_configuration();
}

void nats_server::write_configuration() const {
  const auto folder = directory_.path().string();
  std::ofstream{folder + "/nats.conf"}
      << "listen: \"" << host_and_port() << "\"\n"
      << "jetstream { store_dir: \"" << folder << "/store\" }\n"
      << configuration_ << "\n";
}

void nats_server::reload() const {
  constexpr auto done = "Reloaded server configuration";
  const auto count = [this] {
    auto result = 0;
    const auto text = log();
    for (auto at = text.find(done); at != text.npos;
         at = text.find(done, at + 1))
      ++result;
    return result;
  };
  const auto before = count();
  ::kill(process_.id(), SIGHUP);
  wait_until("nats-server has its new configuration", patience,
             [&count, before] { return count() > before; });
}

void nats_server::start() {
  const auto folder = directory_.path().string();
  const auto file = folder + "/nats.conf";
  write_configuration();
  process_ = must(messaging::child_process::start(
      must(messaging::find_program("nats-server")), {"--config", file},
      folder + "/log"));
  wait_until("nats-server greets:\n" + log(), patience, [this] {
    return messaging::greets("127.0.0.1", port_, std::chrono::seconds{1});
  });
}

void nats_server::stop() {
  process_.stop(patience);
}

void nats_server::kill() {
  ::kill(process_.id(), SIGKILL);
  process_.stop(patience);
}

void nats_server::pause() const {
  ::kill(process_.id(), SIGSTOP);
  // Its threads stop one after another.
  auto stopped = siginfo_t{};
  ::waitid(P_PID, static_cast<id_t>(process_.id()), &stopped, WSTOPPED);
}

void nats_server::resume() const {
  ::kill(process_.id(), SIGCONT);
}

std::string nats_server::url() const {
  return "nats://" + host_and_port();
}

std::string nats_server::host_and_port() const {
  return messaging::host_and_port("127.0.0.1", port_);
}

std::string nats_server::log() const {
  return read_text_file(directory_.path() / "log");
}

} // namespace sluice::tests
