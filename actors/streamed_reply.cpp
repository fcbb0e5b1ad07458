#include "actors/streamed_reply.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace sluice::actors {

using codec::error_code;

namespace {

/// How often a waiting stream looks at what it waits for: at first, and when it
/// has waited for long.
constexpr auto look_again_min = std::chrono::milliseconds{1};
constexpr auto look_again_max = std::chrono::milliseconds{10};

/// A requester that said it would answer, and has not for so long, may not.
constexpr auto first_answer_patience = std::chrono::seconds{2};

} // namespace

/// A stream waits, for `what`. Meanwhile its thread does not count among those
/// that read.
class sent_parts::pause {
public:
  using clock = std::chrono::steady_clock;

  pause(const serving_context& context, job& work, std::string_view what)
      : context_{context}, work_{work}, what_{what} {
    work_.is_stalled.store(true, std::memory_order_relaxed);
  }
  ~pause() {
    work_.is_stalled.store(false, std::memory_order_relaxed);
  }
  pause(const pause&) = delete;
  pause& operator=(const pause&) = delete;

  [[nodiscard]] clock::duration waited() const noexcept {
    return now_ - since_;
  }

  /// Waits a little.
  /// @return why the stream ends.
  [[nodiscard]] codec::result<void> wait() {
    std::this_thread::sleep_for(next_);
    next_ = std::min(next_ * 2, look_again_max);
    now_ = clock::now();
    if (work_.cancelled.is_asked())
      return std::unexpected{cancelled_error(work_)};
    if (now_ >= work_.until)
      return codec::fail(error_code::timeout,
                         "the deadline passed while the stream waited for "
                             + std::string{what_});
    const auto bound_ms = context_.settings.stream.stall_ms_max;
    if (waited() >= std::chrono::milliseconds{bound_ms})
      return codec::fail(error_code::timeout,
                         "the stream waited " + std::to_string(bound_ms)
                             + " ms (stream.stall_ms_max) for "
                             + std::string{what_});
    return {};
  }

private:
  const serving_context& context_;
  job& work_;
  std::string_view what_;
  clock::time_point since_ = clock::now();
  clock::time_point now_ = since_;
  std::chrono::milliseconds next_ = look_again_min;
};

sent_parts::sent_parts(const serving_context& context, job& work) noexcept
    : context_{context}, work_{work} {
  // nop
}

codec::result<void> sent_parts::take(std::size_t statement,
                                     std::string_view part) {
  return send(statement, part);
}

codec::result<void> sent_parts::take(std::string_view bytes) {
  return send(std::nullopt, bytes);
}

codec::result<void> sent_parts::send(std::optional<std::size_t> statement,
                                     std::string_view part) {
  if (auto ready = wait_for_requester(); !ready)
    return ready;
  if (auto sent = work_.reply.send_part(statement, part); !sent)
    return sent;
  return wait_for_network();
}

codec::result<void> sent_parts::wait_for_network() {
  auto& sink = work_.reply.sink();
  const auto is_behind = [this, &sink] {
    return sink.counters().bytes_unsent
           > context_.settings.stream.unsent_bytes_max;
  };
  if (!is_behind())
    return {};
  auto waiting = pause{context_, work_, "NATS to take its parts"};
  while (is_behind()) {
    sink.flush();
    if (auto goes_on = waiting.wait(); !goes_on)
      return goes_on;
  }
  return {};
}

codec::result<void> sent_parts::wait_for_requester() {
  auto& token = work_.reply;
  if (!token.must_wait())
    return {};
  auto waiting = pause{context_, work_, "its requester"};
  while (token.must_wait()) {
    if (token.is_requester_gone())
      return codec::fail(error_code::unavailable,
                         "the requester of the stream is gone");
    // It may not be permitted to answer.
    if (token.answers() == 0 && waiting.waited() >= first_answer_patience)
      token.forget_window();
    if (auto goes_on = waiting.wait(); !goes_on)
      return goes_on;
  }
  return {};
}

codec::result<void> kept_parts::take(std::size_t statement,
                                     std::string_view part) {
  bytes += part.size();
  if (bytes > bytes_max_)
    return codec::fail(error_code::too_large,
                       "a request that writes returns more than "
                       "writer.group_bytes_max ("
                           + std::to_string(bytes_max_)
                           + " bytes): only reads stream without this bound");
  parts.push_back({statement, std::string{part}});
  return {};
}

} // namespace sluice::actors
