#include "tests/support/fake_nats.hpp"

#include "messaging/file_descriptor.hpp"
#include "tests/support/expect.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sluice::tests {

namespace {

sockaddr* generic(sockaddr_in& address) noexcept {
  return reinterpret_cast<sockaddr*>(&address);
}

sockaddr_in address_of(std::uint16_t port) noexcept {
  auto result = sockaddr_in{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    // Whoever has gone does not care.
    if (count <= 0)
      return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

} // namespace

struct fake_nats::impl {
  messaging::file_descriptor listening;
  std::uint16_t port = 0;
  bool greets = true;
  std::atomic<bool> is_ending = false;

  mutable std::mutex mutex;
  std::size_t max_payload = 1'048'576;
  bool refuses = false;
  int connections = 0;
  /// Of the present connection.
  int socket = -1;
  std::map<std::string, std::string> numbers;
  std::string received;

  std::thread thread;

  void open();
  void run();
  void serve(int client);
  void hear(int client, const std::string& line);
  [[nodiscard]] std::string greeting() const;
};

void fake_nats::impl::open() {
  listening = messaging::file_descriptor{
      ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = address_of(0);
  auto length = socklen_t{sizeof(address)};
  if (!listening
      || ::bind(listening.get(), generic(address), sizeof(address)) != 0
      || ::listen(listening.get(), 16) != 0
      || ::getsockname(listening.get(), generic(address), &length) != 0)
    throw std::runtime_error{"no port for a NATS server"};
  port = ntohs(address.sin_port);
}

std::string fake_nats::impl::greeting() const {
  const auto guard = std::lock_guard{mutex};
  return R"(INFO {"server_id":"X","version":"2.9.10","proto":1,"headers":true,)"
         R"("host":"127.0.0.1","port":)"
         + std::to_string(port) + R"(,"max_payload":)"
         + std::to_string(max_payload) + "}\r\n";
}

void fake_nats::impl::hear(int client, const std::string& line) {
  if (line.starts_with("PING")) {
    auto is_refused = false;
    {
      const auto guard = std::lock_guard{mutex};
      is_refused = refuses;
    }
    send_all(client,
             is_refused ? "-ERR 'Authorization Violation'\r\n" : "PONG\r\n");
    return;
  }
  if (!line.starts_with("SUB "))
    return;
  auto words = std::istringstream{line};
  auto verb = std::string{};
  auto subject = std::string{};
  auto number = std::string{};
  words >> verb >> subject;
  // The last word; one before it is the queue group.
  for (auto word = std::string{}; words >> word;)
    number = word;
  const auto guard = std::lock_guard{mutex};
  numbers[subject] = number;
}

void fake_nats::impl::serve(int client) {
  auto buffer = std::array<char, 65'536>{};
  auto rest = std::string{};
  while (true) {
    const auto count = ::recv(client, buffer.data(), buffer.size(), 0);
    if (count <= 0)
      return;
    const auto text
        = std::string_view{buffer.data(), static_cast<std::size_t>(count)};
    {
      const auto guard = std::lock_guard{mutex};
      received.append(text);
    }
    rest.append(text);
    // What is published has lines of its own, none of which looks like these.
    for (auto end = rest.find("\r\n"); end != rest.npos;
         end = rest.find("\r\n")) {
      hear(client, rest.substr(0, end));
      rest.erase(0, end + 2);
    }
  }
}

void fake_nats::impl::run() {
  while (!is_ending.load()) {
    const auto client = messaging::file_descriptor{
        ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!client)
      return;
    if (greets)
      send_all(client.get(), greeting());
    {
      const auto guard = std::lock_guard{mutex};
      ++connections;
      numbers.clear();
      socket = client.get();
    }
    serve(client.get());
    const auto guard = std::lock_guard{mutex};
    socket = -1;
  }
}

fake_nats::fake_nats(bool greets) : impl_{std::make_unique<impl>()} {
  impl_->greets = greets;
  impl_->open();
  auto* self = impl_.get();
  impl_->thread = std::thread{[self] {
    self->run();
  }};
}

fake_nats::~fake_nats() {
  impl_->is_ending.store(true);
  // It makes `accept` and `recv` return.
  ::shutdown(impl_->listening.get(), SHUT_RDWR);
  {
    const auto guard = std::lock_guard{impl_->mutex};
    if (impl_->socket >= 0)
      ::shutdown(impl_->socket, SHUT_RDWR);
  }
  impl_->thread.join();
}

std::string fake_nats::url() const {
  return "nats://127.0.0.1:" + std::to_string(impl_->port);
}

void fake_nats::set_max_payload(std::size_t bytes) {
  const auto guard = std::lock_guard{impl_->mutex};
  impl_->max_payload = bytes;
}

void fake_nats::set_refusing(bool refuses) {
  const auto guard = std::lock_guard{impl_->mutex};
  impl_->refuses = refuses;
}

int fake_nats::connections() const {
  const auto guard = std::lock_guard{impl_->mutex};
  return impl_->connections;
}

std::string fake_nats::await_subscription(int connection,
                                          const std::string& subject) const {
  auto number = std::string{};
  wait_until(
      "connection " + std::to_string(connection) + " subscribes to " + subject,
      std::chrono::seconds{20}, [this, connection, &subject, &number] {
        const auto guard = std::lock_guard{impl_->mutex};
        const auto found = impl_->numbers.find(subject);
        if (impl_->connections < connection || found == impl_->numbers.end())
          return false;
        number = found->second;
        return true;
      });
  return number;
}

void fake_nats::send(const std::string& bytes) {
  const auto guard = std::lock_guard{impl_->mutex};
  send_all(impl_->socket, bytes);
}

void fake_nats::send_and_hang_up(const std::string& bytes) {
  const auto guard = std::lock_guard{impl_->mutex};
  send_all(impl_->socket, bytes);
  // Both ways: the other side reads what was sent, and then the end.
  ::shutdown(impl_->socket, SHUT_RDWR);
}

std::string fake_nats::received() const {
  const auto guard = std::lock_guard{impl_->mutex};
  return impl_->received;
}

} // namespace sluice::tests
