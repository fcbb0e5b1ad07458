#include "messaging/interest_watch.hpp"

#include <sodium.h>

#include <array>
#include <string_view>
#include <utility>

namespace sluice::messaging {

namespace {

/// 128 random bits as hexadecimal digits.
std::string make_name() {
  auto noise = std::array<unsigned char, 16>{};
  randombytes_buf(noise.data(), noise.size());
  auto digits = std::array<char, 2 * noise.size() + 1>{};
  sodium_bin2hex(digits.data(), digits.size(), noise.data(), noise.size());
  return digits.data();
}

} // namespace

interest_watch::interest_watch(std::string inbox) : inbox_{std::move(inbox)} {
  // nop
}

result<std::unique_ptr<interest_watch>>
interest_watch::start(connection& connection) {
  auto inbox = connection.make_inbox();
  if (!inbox)
    return std::unexpected{std::move(inbox.error())};
  auto watch = std::unique_ptr<interest_watch>{new interest_watch{*inbox}};
  auto subscribed = connection.subscribe(*inbox + ".*", "", *watch);
  if (!subscribed)
    return std::unexpected{std::move(subscribed.error())};
  watch->subscription_ = std::move(*subscribed);
  return watch;
}

void interest_watch::on_message(const inbound_message& message) noexcept {
  // A client may answer a part; only the server says this.
  const auto is_abandoned
      = message.header("Status") == "503" && message.payload().empty();
  const auto subject = message.subject();
  if (subject.size() <= inbox_.size() + 1)
    return;
  const auto guard = std::lock_guard{mutex_};
  const auto found = tickets_.find(subject.substr(inbox_.size() + 1));
  if (found == tickets_.end())
    return;
  if (is_abandoned)
    found->second->is_abandoned_.store(true, std::memory_order_relaxed);
  else
    found->second->answers_.fetch_add(1, std::memory_order_relaxed);
}

interest_watch::ticket::ticket(interest_watch& owner)
    : owner_{owner}, name_{make_name()},
      reply_subject_{owner.inbox_ + "." + name_} {
  const auto guard = std::lock_guard{owner_.mutex_};
  owner_.tickets_.emplace(name_, this);
}

interest_watch::ticket::~ticket() {
  const auto guard = std::lock_guard{owner_.mutex_};
  owner_.tickets_.erase(name_);
}

} // namespace sluice::messaging
