#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::tests {

/// Sends requests without waiting for their answers, and knows for each how
/// often it was answered: a client as NATS's library has it, which connects
/// again when its server was away. Safe to use from one thread.
class unawaited_requests {
public:
  explicit unawaited_requests(const std::string& url,
                              const std::string& inbox_prefix = "_INBOX");
  ~unawaited_requests();
  unawaited_requests(const unawaited_requests&) = delete;
  unawaited_requests& operator=(const unawaited_requests&) = delete;

  /// What became of one request.
  struct answer {
    /// More than one: a duplicate.
    std::uint32_t count = 0;
    /// The number of the error in the last one, e.g. 429; 0: a success; 503
    /// also where nobody serves the subject, or the server is stopping.
    std::uint32_t error = 0;
    /// Of the last one.
    std::string body;
  };

  /// Sends one request; it leaves within about a millisecond, or with the next
  /// connection.
  /// @param id for the header Nats-Msg-Id; empty: none.
  /// @return its number: 0, 1, …
  std::size_t send(const std::string& subject, const std::string& body,
                   const std::string& id = {});

  [[nodiscard]] answer at(std::size_t number) const;
  /// Requests that have an answer, whatever it is.
  [[nodiscard]] std::size_t answered() const;
  /// Answers with that error; 0: successes.
  [[nodiscard]] std::size_t count_of(std::uint32_t error) const;
  /// Requests with more than one answer.
  [[nodiscard]] std::size_t duplicates() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::tests
