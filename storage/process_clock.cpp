#include "storage/process_clock.hpp"

namespace sluice::storage {

process_clock::time_point process_clock::now() noexcept {
  using std::chrono::duration_cast;
  using std::chrono::steady_clock;
  // The two of one moment.
  struct beginning {
    duration wall = duration_cast<duration>(
        std::chrono::system_clock::now().time_since_epoch());
    steady_clock::time_point steady = steady_clock::now();
  };
  static const auto began = beginning{};
  return time_point{
      began.wall + duration_cast<duration>(steady_clock::now() - began.steady)};
}

} // namespace sluice::storage
