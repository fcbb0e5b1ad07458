#include "bench/echo_service.hpp"

#include "bench/interruption.hpp"
#include "bench/nats_client.hpp"

#include <atomic>
#include <cstdio>
#include <filesystem>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto start_patience = 10s;

void echo(natsConnection* connection, natsSubscription* /*subscription*/,
          natsMsg* message, void* closure) {
  const auto* const reply = natsMsg_GetReply(message);
  const auto sent = reply == nullptr
                        ? NATS_OK
                        : natsConnection_Publish(
                              connection, reply, natsMsg_GetData(message),
                              natsMsg_GetDataLength(message));
  natsMsg_Destroy(message);
  if (sent != NATS_OK)
    static_cast<std::atomic<std::uint64_t>*>(closure)->fetch_add(1);
}

} // namespace

result<void> serve_echo(const echo_options& options) {
  const auto connection = connect(options.url, options.send_asap);
  if (!connection)
    return fail(connection.error());
  auto unsent = std::atomic<std::uint64_t>{0};
  auto* raw = static_cast<natsSubscription*>(nullptr);
  auto done
      = check(natsConnection_Subscribe(&raw, connection->get(),
                                       options.subject.c_str(), echo, &unsent),
              "subscribing to " + options.subject);
  const auto subscription = nats_handle<natsSubscription>{raw};
  if (done)
    done = check(natsConnection_Flush(connection->get()), "flush");
  if (!done)
    return done;
  if (std::puts("ready") < 0 || std::fflush(stdout) != 0)
    return fail("cannot write to standard output");
  done = wait_for_interruption();
  if (done && unsent.load() > 0)
    return fail(std::to_string(unsent.load()) + " replies could not be sent");
  return done;
}

result<child_process> start_echo_service(const echo_options& options) {
  auto error = std::error_code{};
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error)
    return fail("/proc/self/exe: " + error.message());
  auto arguments
      = std::vector<std::string>{self.string(), "echo",      "--nats-url",
                                 options.url,   "--subject", options.subject};
  if (options.send_asap)
    arguments.emplace_back("--send-asap");
  auto child = child_process::start(std::move(arguments), {});
  if (!child)
    return child;
  const auto line
      = child->read_line(std::chrono::steady_clock::now() + start_patience);
  if (!line)
    return fail("the echo service did not start: " + line.error());
  return child;
}

} // namespace sluice::bench
