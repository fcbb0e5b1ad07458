#pragma once

#include "actors/nats_reply_sink.hpp"

#include <vector>

namespace sluice::actors {

/// The sinks of several connections, for those who answer requests that came by
/// any of them: what they have published leaves with one `flush`. What is
/// published here itself goes over the first.
class reply_sinks : public reply_sink {
public:
  /// @param first outlives this.
  explicit reply_sinks(nats_reply_sink& first) : all_{&first} {
    // nop
  }
  /// Before any other thread uses this.
  /// @param sink outlives this.
  void add(nats_reply_sink& sink) {
    all_.push_back(&sink);
  }

  void publish(const char* subject, std::string_view body,
               std::span<const messaging::header> headers) noexcept override;
  [[nodiscard]] bool
  publish_part(const char* subject, std::string_view body,
               std::span<const messaging::header> headers,
               const requester_watch& watch) noexcept override;
  [[nodiscard]] std::unique_ptr<requester_watch> watch() override;
  void flush() noexcept override;
  [[nodiscard]] std::size_t body_bytes_max() const noexcept override;
  /// The sums.
  [[nodiscard]] sink_counters counters() const noexcept override;
  /// The first.
  [[nodiscard]] bool is_congested() noexcept override;

private:
  [[nodiscard]] nats_reply_sink& first() const noexcept {
    return *all_.front();
  }

  std::vector<nats_reply_sink*> all_;
};

} // namespace sluice::actors
