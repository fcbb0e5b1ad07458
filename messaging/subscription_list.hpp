#pragma once

#include "messaging/connection.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::messaging {

class session;

/// The subscriptions of a connection, which each of its sessions has to have.
/// Any thread. Only for messaging's own sources.
class subscription_list {
public:
  /// Subscribes now, if there is a session, and on each that comes, until
  /// `remove`.
  [[nodiscard]] result<void> add(subscription::impl& what);
  /// Afterwards it is the caller's alone.
  void remove(subscription::impl& what) noexcept;

  /// Messages that the library has dropped.
  [[nodiscard]] std::uint64_t dropped(const subscription::impl& of) noexcept;

  /// Makes all subscriptions on a new session.
  /// @return the first failure; the others are made all the same.
  [[nodiscard]] result<void> move_to(const std::shared_ptr<session>& to);
  /// The session is over.
  void leave() noexcept;

private:
  std::mutex mutex_;
  std::vector<subscription::impl*> all_;
  /// Owned by the connection and by those who wait for an answer, too.
  std::shared_ptr<session> present_;
};

} // namespace sluice::messaging
