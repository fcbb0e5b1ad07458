#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

/// What fixtures need of the world; where it is not so, the test fails.
namespace sluice::tests {

/// How long a fixture waits for what is sure to come, on whatever machine.
inline constexpr auto patience = std::chrono::seconds{60};

/// The value of a result whose error has a `message`.
template <class Result>
auto must(Result got) {
  if (!got)
    throw std::runtime_error{got.error().message};
  if constexpr (!std::is_void_v<typename Result::value_type>)
    return std::move(*got);
}

/// Waits for a condition, which is looked at again and again.
/// @param what the condition in words, for the failure.
template <class Condition>
void wait_until(const std::string& what, std::chrono::milliseconds timeout,
                Condition&& holds) {
  constexpr auto look_again = std::chrono::milliseconds{5};
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= until)
      throw std::runtime_error{"not within " + std::to_string(timeout.count())
                               + " ms: " + what};
    std::this_thread::sleep_for(look_again);
  }
}

} // namespace sluice::tests
