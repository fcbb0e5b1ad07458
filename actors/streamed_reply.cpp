#include "actors/streamed_reply.hpp"

#include <chrono>
#include <thread>

namespace sluice::actors {

using codec::error_code;

namespace {

/// How often a waiting stream looks at what NATS has taken.
constexpr auto look_again = std::chrono::milliseconds{1};

/// A requester that said it would answer, and has not for so long, may not.
constexpr auto first_answer_patience = std::chrono::seconds{2};

} // namespace

sent_parts::sent_parts(const serving_context& context, reply_token& token,
                       storage::deadline until) noexcept
    : context_{context}, token_{token}, until_{until} {
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
  if (auto sent = token_.send_part(statement, part); !sent)
    return sent;
  return wait_for_network();
}

codec::result<void> sent_parts::wait_for_network() const {
  auto& sink = token_.sink();
  while (sink.counters().bytes_unsent
         > context_.settings.stream.unsent_bytes_max) {
    if (std::chrono::steady_clock::now() >= until_)
      return codec::fail(error_code::timeout,
                         "the deadline passed while the stream waited for "
                         "NATS to take its parts");
    sink.flush();
    std::this_thread::sleep_for(look_again);
  }
  return {};
}

codec::result<void> sent_parts::wait_for_requester() const {
  const auto since = std::chrono::steady_clock::now();
  while (token_.must_wait()) {
    const auto now = std::chrono::steady_clock::now();
    if (token_.is_requester_gone())
      return codec::fail(error_code::unavailable,
                         "the requester of the stream is gone");
    if (now >= until_)
      return codec::fail(error_code::timeout,
                         "the deadline passed while the stream waited for its "
                         "requester");
    // It may not be permitted to answer.
    if (token_.answers() == 0 && now - since >= first_answer_patience)
      token_.forget_window();
    std::this_thread::sleep_for(look_again);
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
