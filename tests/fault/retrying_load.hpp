#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sluice::tests {

/// Clients that insert rows into `once(id INTEGER)`, which would take an id
/// twice, each request with an idempotency key: one that gets no answer is sent
/// again with the same key until it gets one. Every fifth that has its answer
/// is sent again all the same.
class retrying_load {
public:
  retrying_load(const std::string& url, std::string database, int clients);
  ~retrying_load();
  retrying_load(const retrying_load&) = delete;
  retrying_load& operator=(const retrying_load&) = delete;

  [[nodiscard]] std::int64_t acknowledged() const noexcept {
    return acknowledged_.load();
  }

  /// Lets every client get its last answer.
  void stop();

  /// What the clients saw; after `stop`.
  struct summary {
    /// Ids whose insert was acknowledged.
    std::set<std::int64_t> ids;
    /// Requests that were sent again since no answer came.
    std::int64_t retries = 0;
    /// Answers that were those of an earlier request.
    std::int64_t replays = 0;
    /// Repeats whose answer was not the first one.
    std::int64_t wrong_replays = 0;
    /// Requests that found no answer within a test's patience.
    std::int64_t given_up = 0;
  };
  [[nodiscard]] const summary& seen() const noexcept {
    return seen_;
  }

private:
  void run(const std::string& url);

  std::string database_;
  std::atomic<std::int64_t> next_id_ = 1;
  std::atomic<std::int64_t> acknowledged_ = 0;
  std::atomic<bool> is_stopping_ = false;
  std::mutex mutex_;
  summary seen_;
  std::vector<std::thread> threads_;
};

} // namespace sluice::tests
