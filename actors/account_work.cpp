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
  auto attempt
      = security::login_throttle::attempt{who.database, who.email, who.source};
  attempt.is_known = throttle.knows(attempt);
  who.is_known = attempt.is_known;
  const auto wait
      = throttle.begin(attempt, security::login_throttle::clock::now());
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
  return {who_.database, who_.email, who_.source, who_.is_known};
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

hash_use::hash_use(security::source_quota& quota, std::string source) noexcept
    : quota_{&quota}, source_{std::move(source)} {
  // nop
}

std::expected<hash_use, std::chrono::seconds>
hash_use::begin(security::source_quota& quota, std::string source) {
  const auto wait = quota.use(source, security::source_quota::clock::now());
  if (wait)
    return std::unexpected{*wait};
  return hash_use{quota, std::move(source)};
}

hash_use::hash_use(hash_use&& other) noexcept
    : quota_{std::exchange(other.quota_, nullptr)},
      source_{std::move(other.source_)} {
  // nop
}

hash_use::~hash_use() {
  if (quota_ != nullptr)
    quota_->give_back(source_);
}

void hash_use::spend() noexcept {
  quota_ = nullptr;
}

} // namespace sluice::actors
