#pragma once

#include "config/settings.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::actors {

/// Counts what was accepted and is not yet answered, against a bound. Any
/// thread. One for the server, the whole, and one for each part of it: each
/// database that is in use, and the catalogue.
///
/// A part may hold a small share whatever happens, and beyond it no more than
/// half of what the whole has free: n parts that take all they can get come to
/// hold 1/(n + 2) of the whole each, so others find room.
class admission {
public:
  admission(std::uint64_t requests_max, std::uint64_t bytes_max) noexcept;
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;

  /// Counts a request in, or, where that would pass a bound, does not.
  [[nodiscard]] bool try_enter(std::size_t bytes) noexcept;
  void leave(std::size_t bytes) noexcept;

  /// The same for a part.
  /// @param whole has let the request in.
  [[nodiscard]] bool try_enter(std::size_t bytes,
                               const admission& whole) noexcept;

  /// Whether a request would be let in now; one of a part, that the whole has
  /// let in. Counts a refusal if not.
  [[nodiscard]] bool has_room(std::size_t bytes,
                              const admission& whole) noexcept;

  [[nodiscard]] std::uint64_t requests() const noexcept {
    return requests_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

private:
  [[nodiscard]] bool is_within_share(std::uint64_t requests,
                                     std::uint64_t bytes,
                                     const admission& whole) const noexcept;

  std::uint64_t requests_max_;
  std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
};

/// One request's place in an `admission`; given back with this object.
class admission_permit {
public:
  admission_permit() noexcept = default;
  /// Takes over a place that `try_enter` has given.
  admission_permit(admission& owner, std::size_t bytes) noexcept;
  admission_permit(admission_permit&& other) noexcept;
  admission_permit& operator=(admission_permit&& other) noexcept;
  ~admission_permit();

private:
  admission* owner_ = nullptr;
  std::size_t bytes_ = 0;
};

} // namespace sluice::actors
