#include "tests/support/raw_nats_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace sluice::tests {

namespace {

std::uint16_t port_of(const std::string& url) {
  auto port = std::uint16_t{0};
  const auto digits = std::string_view{url}.substr(url.rfind(':') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

} // namespace

raw_nats_client::raw_nats_client(const std::string& url, std::string inbox)
    : inbox_{std::move(inbox)},
      socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_of(url));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  // Little room, so that what is not read is soon the server's to keep.
  const auto bytes = int{4'096};
  const auto patience = timeval{20, 0};
  if (!socket_
      || ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes,
                      sizeof(bytes))
             != 0
      || ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
                      sizeof(patience))
             != 0
      || ::connect(socket_.get(), generic, sizeof(address)) != 0)
    throw std::runtime_error{"cannot connect to " + url};
  write("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}"
        "\r\nSUB "
        + inbox_ + " 1\r\nPING\r\n");
  await("PONG");
}

void raw_nats_client::write(const std::string& text) {
  auto rest = std::string_view{text};
  while (!rest.empty()) {
    const auto count
        = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count <= 0)
      throw std::runtime_error{"the NATS server has gone"};
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

void raw_nats_client::send(const std::string& subject, std::string_view body,
                           const std::string& header) {
  const auto size = std::to_string(body.size());
  if (header.empty()) {
    write("PUB " + subject + " " + inbox_ + " " + size + "\r\n"
          + std::string{body} + "\r\n");
    return;
  }
  const auto headers = "NATS/1.0\r\n" + header + "\r\n\r\n";
  write("HPUB " + subject + " " + inbox_ + " " + std::to_string(headers.size())
        + " " + std::to_string(headers.size() + body.size()) + "\r\n" + headers
        + std::string{body} + "\r\n");
}

void raw_nats_client::await(const std::string& text) {
  auto got = std::string{};
  auto buffer = std::array<char, 4'096>{};
  while (got.find(text) == got.npos) {
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0)
      throw std::runtime_error{"the NATS server did not say " + text};
    got.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

} // namespace sluice::tests
