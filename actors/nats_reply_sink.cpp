#include "actors/nats_reply_sink.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace sluice::actors {

namespace {

/// NATS counts the headers in the payload.
constexpr auto header_bytes_reserved = std::size_t{4} << 10;
constexpr auto payload_bytes_default = std::size_t{1} << 20;

/// What NATS says of the requester.
class nats_requester_watch : public requester_watch {
public:
  explicit nats_requester_watch(messaging::interest_watch& interest)
      : ticket_{interest} {
    // nop
  }
  [[nodiscard]] bool is_gone() const noexcept override {
    return ticket_.is_abandoned();
  }
  [[nodiscard]] const char* reply_subject() const noexcept override {
    return ticket_.reply_subject();
  }

private:
  messaging::interest_watch::ticket ticket_;
};

} // namespace

nats_reply_sink::nats_reply_sink(messaging::connection& connection) noexcept
    : connection_{connection}, payload_bytes_max_{payload_bytes_default} {
  // nop
}

void nats_reply_sink::publish(
    const char* subject, std::string_view body,
    std::span<const messaging::header> headers) noexcept {
  try {
    auto sent = connection_.publish(subject, body, headers);
    if (!sent)
      spdlog::warn("a reply of {} bytes was not sent: {}", body.size(),
                   sent.error().message);
  } catch (const std::exception& problem) {
    spdlog::error("a reply was not sent: {}", problem.what());
  }
}

messaging::result<void> nats_reply_sink::start_watching() {
  auto started = messaging::interest_watch::start(connection_);
  if (!started)
    return std::unexpected{std::move(started.error())};
  interest_ = std::move(*started);
  return {};
}

std::unique_ptr<requester_watch> nats_reply_sink::watch() {
  return std::make_unique<nats_requester_watch>(*interest_);
}

bool nats_reply_sink::publish_part(const char* subject, std::string_view body,
                                   std::span<const messaging::header> headers,
                                   const requester_watch& watch) noexcept {
  try {
    auto sent
        = connection_.publish(subject, body, headers, watch.reply_subject());
    if (!sent)
      spdlog::warn("a part of a streamed reply was not sent: {}",
                   sent.error().message);
    return sent.has_value();
  } catch (const std::exception& problem) {
    spdlog::error("a part of a streamed reply was not sent: {}",
                  problem.what());
    return false;
  }
}

void nats_reply_sink::flush() noexcept {
  connection_.flush();
}

std::size_t nats_reply_sink::body_bytes_max() const noexcept {
  if (const auto now = connection_.max_payload(); now != 0)
    payload_bytes_max_.store(now, std::memory_order_relaxed);
  const auto payload = payload_bytes_max_.load(std::memory_order_relaxed);
  return payload - std::min(header_bytes_reserved, payload / 2);
}

std::size_t nats_reply_sink::unsent_bytes() const noexcept {
  return connection_.unsent_bytes();
}

} // namespace sluice::actors
