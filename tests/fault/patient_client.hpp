#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sluice::tests {

/// Sends requests and waits for each answer as long as it is told to, which a
/// blocking request of the library cannot be while it waits.
class patient_client {
public:
  explicit patient_client(const std::string& url);
  ~patient_client();
  patient_client(const patient_client&) = delete;
  patient_client& operator=(const patient_client&) = delete;

  enum class outcome { succeeded, refused, unanswered };
  struct answer {
    outcome what = outcome::unanswered;
    std::string body;
    /// It is that of an earlier request.
    bool is_replayed = false;
  };

  /// @param message_id for the header `Nats-Msg-Id`; empty: none.
  /// @param goes_on asked again and again while there is no answer.
  [[nodiscard]] answer request(const std::string& subject,
                               const std::string& body,
                               const std::string& message_id,
                               const std::function<bool()>& goes_on);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::tests
