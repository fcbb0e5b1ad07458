#pragma once

#include "bench/outcome.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::bench {

/// The processors that this process may use, in two halves: one for the server
/// that is measured, the other for what loads it, which else takes from the
/// server what it is to be measured with.
class processor_split {
public:
  /// Keeps the calling thread, and what it starts from then on, to the half of
  /// the load. Fails with one processor only, or where the system refuses.
  [[nodiscard]] static result<processor_split> enter();

  /// Moves all threads of a process to the half of the server, where those that
  /// they start stay, too. Its child processes remain where they are.
  [[nodiscard]] result<void> move_server(int process) const;

  [[nodiscard]] std::size_t count_for_server() const noexcept {
    return of_server_.size();
  }
  [[nodiscard]] std::size_t count_for_load() const noexcept {
    return count_for_load_;
  }

private:
  processor_split(std::vector<int> of_server, std::size_t count_for_load)
      : of_server_{std::move(of_server)}, count_for_load_{count_for_load} {}

  /// Their numbers.
  std::vector<int> of_server_;
  std::size_t count_for_load_;
};

} // namespace sluice::bench
