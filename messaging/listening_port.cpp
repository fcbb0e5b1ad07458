#include "messaging/listening_port.hpp"

#include "messaging/file_descriptor.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace sluice::messaging {

namespace {

/// Ports to try where another one will do.
constexpr auto ports_tried_max = 100;

constexpr auto port_max = 65'535;

struct address_list_deleter {
  void operator()(addrinfo* list) const noexcept {
    ::freeaddrinfo(list);
  }
};

using address_list = std::unique_ptr<addrinfo, address_list_deleter>;

result<address_list> resolve(const std::string& host, std::uint16_t port) {
  auto hints = addrinfo{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto text = std::to_string(port);
  const auto problem
      = ::getaddrinfo(host.c_str(), text.c_str(), &hints, &found);
  if (problem != 0)
    return std::unexpected{
        failure{failure::kind::configuration,
                "nats.listen: " + host + ": " + ::gai_strerror(problem)}};
  return address_list{found};
}

file_descriptor open_socket(const addrinfo& address) {
  return file_descriptor{::socket(address.ai_family,
                                  address.ai_socktype | SOCK_CLOEXEC,
                                  address.ai_protocol)};
}

/// Listens for a moment.
/// @return the port, or why not, as an errno.
std::expected<std::uint16_t, int> try_listen(const addrinfo& address) {
  const auto opened = open_socket(address);
  const auto on = 1;
  if (!opened
      || ::setsockopt(opened.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)
             != 0
      || ::bind(opened.get(), address.ai_addr, address.ai_addrlen) != 0
      || ::listen(opened.get(), 1) != 0)
    return std::unexpected{errno};
  auto bound = sockaddr_storage{};
  auto size = socklen_t{sizeof bound};
  // The interface of sockets wants one structure seen as another.
  auto* generic = reinterpret_cast<sockaddr*>(&bound);
  if (::getsockname(opened.get(), generic, &size) != 0)
    return std::unexpected{errno};
  return ntohs(bound.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

bool greets_once(const addrinfo& address, std::chrono::milliseconds patience) {
  const auto opened = open_socket(address);
  if (!opened
      || ::connect(opened.get(), address.ai_addr, address.ai_addrlen) != 0)
    return false;
  auto watched = pollfd{opened.get(), POLLIN, 0};
  if (::poll(&watched, 1, static_cast<int>(patience.count())) <= 0)
    return false;
  constexpr auto greeting = std::string_view{"INFO "};
  auto buffer = std::array<char, greeting.size()>{};
  const auto count = ::recv(opened.get(), buffer.data(), buffer.size(), 0);
  return count > 0
         && greeting.starts_with(
             std::string_view{buffer.data(), static_cast<std::size_t>(count)});
}

} // namespace

result<std::uint16_t> choose_port(const std::string& host, std::uint16_t port,
                                  bool may_move) {
  auto problem = 0;
  const auto tries = may_move && port != 0 ? ports_tried_max : 1;
  for (auto i = 0; i < tries && port + i <= port_max; ++i) {
    auto address = resolve(host, static_cast<std::uint16_t>(port + i));
    if (!address)
      return std::unexpected{address.error()};
    const auto free = try_listen(**address);
    if (free)
      return *free;
    problem = free.error();
    if (problem != EADDRINUSE)
      break;
  }
  return std::unexpected{
      failure{failure::kind::configuration,
              "cannot listen on " + host_and_port(host, port) + ": "
                  + std::strerror(problem)
                  + "; another address can be given with --nats-listen, or a "
                    "NATS server that runs with --nats-url"}};
}

bool greets(const std::string& host, std::uint16_t port,
            std::chrono::milliseconds patience) {
  // What means all interfaces is none to connect to.
  const auto reachable = host == "0.0.0.0" ? std::string{"127.0.0.1"}
                         : host == "::"    ? std::string{"::1"}
                                           : host;
  auto address = resolve(reachable, port);
  return address && greets_once(**address, patience);
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
  const auto shown = host.find(':') == host.npos ? host : "[" + host + "]";
  return shown + ":" + std::to_string(port);
}

} // namespace sluice::messaging
