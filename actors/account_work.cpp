#include "actors/account_work.hpp"

#include <utility>

namespace sluice::actors {

login_attempt::login_attempt(security::login_throttle& throttle,
                             target who) noexcept
    : throttle_{&throttle}, who_{std::move(who)} {
  // nop
}

std::expected<login_attempt, std::chrono::seconds>
login_attempt::begin(security::login_throttle& throttle, target who) {
  const auto wait = throttle.begin({who.database, who.email, who.source},
                                   security::login_throttle::clock::now());
  if (wait)
    return std::unexpected{*wait};
  return login_attempt{throttle, std::move(who)};
}

login_attempt::login_attempt(login_attempt&& other) noexcept
    : throttle_{std::exchange(other.throttle_, nullptr)},
      who_{std::move(other.who_)} {
  // nop
}

login_attempt::~login_attempt() {
  if (throttle_ != nullptr)
    throttle_->cancel(view());
}

security::login_throttle::attempt login_attempt::view() const noexcept {
  return {who_.database, who_.email, who_.source};
}

void login_attempt::succeed() {
  if (auto* throttle = std::exchange(throttle_, nullptr))
    throttle->succeed(view());
}

std::chrono::milliseconds login_attempt::fail() {
  auto* throttle = std::exchange(throttle_, nullptr);
  if (throttle == nullptr)
    return std::chrono::milliseconds{0};
  return throttle->fail(view(), security::login_throttle::clock::now());
}

} // namespace sluice::actors
