#pragma once

#include "actors/reply_sink.hpp"
#include "tests/support/expect.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// A reply as it would leave the server.
struct recorded_reply {
  std::string subject;
  std::string body;
  std::map<std::string, std::string> headers;

  [[nodiscard]] bool succeeded() const {
    return !headers.contains("Nats-Service-Error");
  }
  /// Whether it is the protocol's error of that name.
  [[nodiscard]] bool failed_with(std::string_view code) const;
  [[nodiscard]] std::string header(const std::string& name) const;
};

/// Keeps every reply. Any thread.
class recording_sink : public actors::reply_sink {
public:
  void publish(const char* subject, std::string_view body,
               std::span<const messaging::header> headers) noexcept override;
  [[nodiscard]] bool
  publish_part(const char* subject, std::string_view body,
               std::span<const messaging::header> headers,
               const actors::requester_watch& watch) noexcept override;
  [[nodiscard]] std::unique_ptr<actors::requester_watch> watch() override;
  void flush() noexcept override;
  [[nodiscard]] std::size_t body_bytes_max() const noexcept override {
    return body_bytes_max_;
  }
  [[nodiscard]] actors::sink_counters counters() const noexcept override {
    return {};
  }
  [[nodiscard]] bool is_congested() noexcept override {
    return is_congested_;
  }

  /// Replies that no flush came after.
  [[nodiscard]] std::size_t unflushed() const;
  [[nodiscard]] std::vector<recorded_reply> all() const;
  [[nodiscard]] std::size_t count(std::string_view subject) const;

  /// Every message to `subject`, in order.
  [[nodiscard]] std::vector<recorded_reply>
  all_to(std::string_view subject) const;

  /// The only reply to `subject`. Fails the test if there is none, or more.
  [[nodiscard]] recorded_reply only(std::string_view subject) const;
  [[nodiscard]] bool has(std::string_view subject) const {
    return count(subject) > 0;
  }

  /// Waits until `subject` has a reply; fails the test if none comes.
  recorded_reply await(std::string_view subject) const;

  /// Called for each reply before it is kept, on the replying thread.
  void observe(std::function<void()> observer);

  /// From now on nobody listens to any stream.
  void lose_requesters() {
    requesters_are_gone_ = true;
  }

  /// A requester answers one part more.
  void answer() {
    ++answers_;
  }

  void set_body_bytes_max(std::size_t bytes) {
    body_bytes_max_ = bytes;
  }
  void set_congested(bool congested) {
    is_congested_ = congested;
  }

private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<recorded_reply> replies_;
  std::size_t unflushed_ = 0;
  std::function<void()> observer_;
  std::atomic<bool> requesters_are_gone_ = false;
  std::atomic<std::uint64_t> answers_ = 0;
  std::size_t body_bytes_max_ = std::size_t{1} << 20;
  std::atomic<bool> is_congested_ = false;
};

} // namespace sluice::tests
