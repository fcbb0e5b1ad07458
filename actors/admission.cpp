#include "actors/admission.hpp"

#include <algorithm>
#include <utility>

namespace sluice::actors {

namespace {

/// The share of the whole that every part may hold, whatever others do.
constexpr auto guaranteed_part = std::uint64_t{128};

} // namespace

admission::admission(std::uint64_t requests_max,
                     std::uint64_t bytes_max) noexcept
    : requests_max_{requests_max}, bytes_max_{bytes_max} {
  // nop
}

bool admission::try_enter(std::size_t bytes) noexcept {
  // Count first, and take it back: two threads cannot both get the last place.
  const auto requests = requests_.fetch_add(1, std::memory_order_relaxed);
  const auto all_bytes = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (requests < requests_max_ && all_bytes + bytes <= bytes_max_)
    return true;
  leave(bytes);
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool admission::try_enter(std::size_t bytes, const admission& whole) noexcept {
  if (!try_enter(bytes))
    return false;
  if (is_within_share(this->requests(), this->bytes(), whole))
    return true;
  leave(bytes);
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool admission::has_room(std::size_t bytes, const admission& whole) noexcept {
  const auto requests = this->requests() + 1;
  const auto all_bytes = this->bytes() + bytes;
  if (requests <= requests_max_ && all_bytes <= bytes_max_
      && is_within_share(requests, all_bytes, whole))
    return true;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool admission::is_within_share(std::uint64_t requests, std::uint64_t bytes,
                                const admission& whole) const noexcept {
  const auto share = [](std::uint64_t bound, std::uint64_t taken) {
    return std::max(bound / guaranteed_part,
                    (bound - std::min(bound, taken)) / 2);
  };
  // A single request is never too large for a share.
  return requests <= 1
         || (requests <= share(whole.requests_max_, whole.requests())
             && bytes <= share(whole.bytes_max_, whole.bytes()));
}

void admission::leave(std::size_t bytes) noexcept {
  requests_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

admission_permit::admission_permit(admission& owner, std::size_t bytes) noexcept
    : owner_{&owner}, bytes_{bytes} {
  // nop
}

admission_permit::admission_permit(admission_permit&& other) noexcept
    : owner_{std::exchange(other.owner_, nullptr)}, bytes_{other.bytes_} {
  // nop
}

admission_permit&
admission_permit::operator=(admission_permit&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

admission_permit::~admission_permit() {
  if (owner_ != nullptr)
    owner_->leave(bytes_);
}

} // namespace sluice::actors
