#include "actors/nats_reply_sink.hpp"

#include "codec/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

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
  [[nodiscard]] std::uint64_t answers() const noexcept override {
    return ticket_.answers();
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
  connection_.report_undelivered_to(this);
}

nats_reply_sink::~nats_reply_sink() {
  connection_.report_undelivered_to(nullptr);
}

void nats_reply_sink::publish(
    const char* subject, std::string_view body,
    std::span<const messaging::header> headers) noexcept {
  try {
    auto sent = connection_.publish(subject, body, headers);
    needs_flush_.store(true);
    if (!sent)
      on_undelivered(subject, body.size(), sent.error());
  } catch (const std::exception& problem) {
    spdlog::error("a reply was not sent: {}", problem.what());
  }
}

void nats_reply_sink::on_undelivered(const char* subject,
                                     std::size_t payload_bytes,
                                     const messaging::failure& why) noexcept {
  try {
    // The server takes less than it did when the reply was made.
    if (why.what == messaging::failure::kind::too_large)
      publish_too_large(subject, payload_bytes);
    else
      drop(payload_bytes, why.message);
  } catch (const std::exception& problem) {
    spdlog::error("a reply was not sent: {}", problem.what());
  }
}

void nats_reply_sink::drop(std::size_t bytes, const std::string& why) noexcept {
  dropped_.fetch_add(1, std::memory_order_relaxed);
  if (const auto others = drop_lines_.pass())
    spdlog::warn("a reply or a part of one, of {} bytes, and {} before it, "
                 "were not sent: {}",
                 bytes, *others, why);
}

void nats_reply_sink::publish_too_large(const char* subject,
                                        std::size_t bytes) {
  const auto failure = codec::error{
      codec::error_code::too_large,
      "the reply of " + std::to_string(bytes)
          + " bytes is larger than the NATS server's max_payload allows, which "
            "has become smaller; what the request did is done"};
  const auto number = std::to_string(codec::number(failure.code));
  const auto headers = std::array<messaging::header, 2>{
      {{"Nats-Service-Error", failure.message},
       {"Nats-Service-Error-Code", number}}};
  auto sent = connection_.publish(subject, codec::error_body(failure), headers);
  if (!sent)
    drop(bytes, sent.error().message);
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
    needs_flush_.store(true);
    if (!sent)
      drop(body.size(), sent.error().message);
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

sink_counters nats_reply_sink::counters() const noexcept {
  return {.bytes_unsent = connection_.unsent_bytes(),
          .replies_dropped = dropped_.load(std::memory_order_relaxed),
          .refusals = connection_.refusals()};
}

bool nats_reply_sink::is_congested() noexcept {
  if (!connection_.is_congested())
    return false;
  if (congestion_lines_.pass())
    spdlog::warn("NATS takes replies too slowly: {} bytes wait, more than "
                 "nats.unsent_bytes_max; requests are refused",
                 connection_.unsent_bytes());
  return true;
}

} // namespace sluice::actors
