#include "actors/admission.hpp"

#include <utility>

namespace sluice::actors {

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

bool admission::has_room(std::size_t bytes) noexcept {
  if (this->requests() < requests_max_ && this->bytes() + bytes <= bytes_max_)
    return true;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
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
