#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sluice::tests {

/// What a client knows of the rows that it sent.
struct sent_rows {
  /// The server said that they are there.
  std::vector<std::int64_t> acknowledged;
  /// The server said no.
  std::vector<std::int64_t> refused;
  /// No answer came; they may be there.
  std::vector<std::int64_t> unknown;
};

/// Clients that insert rows into `load(id INTEGER PRIMARY KEY, text)`, each
/// one request at a time, until they are told to stop or get no answer any
/// more. Every third request is a batch of five rows, and every seventh must
/// fail after it has inserted one.
class write_load {
public:
  /// @param first_id ids from here on are this load's.
  write_load(const std::string& url, std::string database, int clients,
             std::int64_t first_id);
  ~write_load();
  write_load(const write_load&) = delete;
  write_load& operator=(const write_load&) = delete;

  [[nodiscard]] std::int64_t acknowledged_requests() const noexcept {
    return acknowledged_requests_.load();
  }

  /// Lets every client get its last answer.
  void stop();
  /// The server is dead: a client that has no answer gets none.
  void stop_without_answers();

  /// After `stop`.
  [[nodiscard]] const sent_rows& rows() const noexcept {
    return rows_;
  }
  /// Requests that got no answer while one was due; after `stop`.
  [[nodiscard]] std::int64_t lost_replies() const noexcept {
    return lost_replies_.load();
  }

private:
  static constexpr auto never = std::numeric_limits<std::int64_t>::max();
  void run(const std::string& url);
  [[nodiscard]] bool may_be_answered() const noexcept;
  [[nodiscard]] std::string body(std::vector<std::int64_t>& ids,
                                 std::int64_t round);

  std::string database_;
  std::atomic<std::int64_t> next_id_;
  std::atomic<std::int64_t> acknowledged_requests_ = 0;
  std::atomic<std::int64_t> lost_replies_ = 0;
  std::atomic<bool> is_stopping_ = false;
  /// Steady clock, ns: when nothing can come any more.
  std::atomic<std::int64_t> silent_from_ = never;
  std::mutex mutex_;
  sent_rows rows_;
  std::vector<std::thread> threads_;
};

} // namespace sluice::tests
