#include "messaging/reply_stream.hpp"

#include <exception>
#include <utility>

namespace sluice::messaging {

namespace {

/// What may wait to be read.
constexpr auto bytes_max = std::size_t{64} << 20;

} // namespace

result<std::unique_ptr<reply_stream>>
reply_stream::request(connection& connection, const std::string& subject,
                      std::string_view payload,
                      std::span<const header> headers) {
  auto inbox = connection.make_inbox();
  if (!inbox)
    return std::unexpected{std::move(inbox.error())};
  auto stream = std::unique_ptr<reply_stream>{new reply_stream{connection}};
  auto subscribed = connection.subscribe(*inbox, "", *stream);
  if (!subscribed)
    return std::unexpected{std::move(subscribed.error())};
  stream->subscription_ = std::move(*subscribed);
  if (auto sent
      = connection.publish(subject.c_str(), payload, headers, inbox->c_str());
      !sent)
    return std::unexpected{std::move(sent.error())};
  connection.flush();
  return stream;
}

result<owned_message> reply_stream::next(std::chrono::milliseconds patience) {
  auto lock = std::unique_lock{mutex_};
  const auto came = arrived_.wait_for(
      lock, patience, [this] { return has_lost_some_ || !messages_.empty(); });
  if (has_lost_some_)
    return std::unexpected{
        failure{failure::kind::other,
                "the replies come faster than they are read; some are lost"}};
  if (!came)
    return std::unexpected{failure{failure::kind::timeout, "no reply"}};
  auto [result, reply_to] = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= result.payload.size();
  lock.unlock();
  // One that is lost makes the sender slower, no more.
  if (!reply_to.empty()
      && connection_.publish(reply_to.c_str(), "", {}).has_value())
    connection_.flush();
  // What NATS itself answers (ADR-4).
  if (result.payload.empty() && result.header("Status") == "503")
    return std::unexpected{
        failure{failure::kind::no_responders, "nobody serves the subject"}};
  return result;
}

void reply_stream::keep(const inbound_message& message) {
  const auto bytes = message.payload().size();
  const auto guard = std::lock_guard{mutex_};
  if (bytes_ + bytes > bytes_max) {
    has_lost_some_ = true;
  } else {
    messages_.push_back({message.copy(), std::string{message.reply_to()}});
    bytes_ += bytes;
  }
  arrived_.notify_one();
}

void reply_stream::on_message(const inbound_message& message) noexcept {
  try {
    // The server only asks whether somebody listens.
    if (message.header("Sluice-Heartbeat").empty())
      keep(message);
  } catch (const std::exception&) {
    // Out of memory.
    const auto guard = std::lock_guard{mutex_};
    has_lost_some_ = true;
    arrived_.notify_one();
  }
}

} // namespace sluice::messaging
