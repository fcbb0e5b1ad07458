#pragma once

#include "messaging/message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace sluice::actors {

/// What became of replies, since the start.
struct sink_counters {
  /// Bytes that the network has not taken yet.
  std::uint64_t bytes_unsent = 0;
  /// Replies that could not be sent.
  std::uint64_t replies_dropped = 0;
  /// Messages and subscriptions for which the server of the network did not
  /// give its permission.
  std::uint64_t refusals = 0;
};

/// Knows whether anybody still wants the parts of a streamed reply. Any thread.
class requester_watch {
public:
  virtual ~requester_watch() = default;

  /// A part found nobody who listens: the rest is not worth making.
  [[nodiscard]] virtual bool is_gone() const noexcept = 0;

  /// How many parts the requester has answered.
  [[nodiscard]] virtual std::uint64_t answers() const noexcept = 0;

  /// Where NATS is to say so; null: nowhere.
  [[nodiscard]] virtual const char* reply_subject() const noexcept = 0;
};

/// Where replies go: NATS, or a test. Any thread; does not block.
class reply_sink {
public:
  virtual ~reply_sink() = default;

  /// Takes a reply. It leaves with the next `flush`, or soon.
  virtual void publish(const char* subject, std::string_view body,
                       std::span<const messaging::header> headers) noexcept
      = 0;

  /// Takes one part of a streamed reply, on the same terms.
  /// @return whether it will leave: a stream must not go on without it.
  [[nodiscard]] virtual bool
  publish_part(const char* subject, std::string_view body,
               std::span<const messaging::header> headers,
               const requester_watch& watch) noexcept
      = 0;

  /// Watches the requester of one streamed reply.
  [[nodiscard]] virtual std::unique_ptr<requester_watch> watch() = 0;

  /// Sends what was published, in one write.
  virtual void flush() noexcept = 0;

  /// The largest body that fits into one message.
  [[nodiscard]] virtual std::size_t body_bytes_max() const noexcept = 0;

  [[nodiscard]] virtual sink_counters counters() const noexcept = 0;

  /// Whether so many replies wait for the network that nothing more should be
  /// executed. Cheap while they are not.
  [[nodiscard]] virtual bool is_congested() noexcept = 0;
};

} // namespace sluice::actors
