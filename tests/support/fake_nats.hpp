#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::tests {

/// Something on a free port that speaks as much of NATS as a connection needs,
/// and hangs up in the middle of a word when it is told to, which a real
/// server cannot be made to do. It serves one connection at a time.
class fake_nats {
public:
  /// @param greets false: it takes connections, and says nothing.
  explicit fake_nats(bool greets = true);
  ~fake_nats();
  fake_nats(const fake_nats&) = delete;
  fake_nats& operator=(const fake_nats&) = delete;

  [[nodiscard]] std::string url() const;

  /// What it tells whoever connects from now on.
  void set_max_payload(std::size_t bytes);
  /// Whether it refuses whoever connects from now on.
  void set_refusing(bool refuses);

  /// Connections that have been greeted, or taken in silence, so far.
  [[nodiscard]] int connections() const;

  /// Waits until the present connection, which must be the given one (1, 2, …)
  /// or a later one, has subscribed to `subject`.
  /// @return the number by which messages for it go.
  [[nodiscard]] std::string
  await_subscription(int connection, const std::string& subject) const;

  /// Sends these bytes to the present connection, as they are.
  void send(const std::string& bytes);
  /// Sends these bytes and ends the connection at once behind them.
  void send_and_hang_up(const std::string& bytes);

  /// All that the present connection and those before it sent.
  [[nodiscard]] std::string received() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::tests
