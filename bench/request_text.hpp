#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::bench {

/// Makes the bodies of requests that differ in one random number, without
/// allocating.
class request_text {
public:
  /// Bodies that are all the same.
  explicit request_text(std::string text);

  /// Bodies made of `before`, a number of 1…`numbers`, and `after`.
  /// @param seed of the sequence of numbers; a copy repeats it.
  request_text(std::string before, std::uint32_t numbers, std::string after,
               std::uint64_t seed);

  /// Valid until the next call.
  [[nodiscard]] std::string_view next() noexcept;

private:
  std::string buffer_;
  std::string after_;
  std::size_t before_size_ = 0;
  std::uint32_t numbers_ = 0; ///< 0: the buffer is the body.
  std::uint64_t state_ = 0;
};

/// The next number of a SplitMix64 sequence: quick, and random enough to pick
/// rows.
[[nodiscard]] constexpr std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e37'79b9'7f4a'7c15u;
  auto value = state;
  value = (value ^ (value >> 30u)) * 0xbf58'476d'1ce4'e5b9u;
  value = (value ^ (value >> 27u)) * 0x94d0'49bb'1331'11ebu;
  return value ^ (value >> 31u);
}

/// A number of 1…`numbers`.
[[nodiscard]] constexpr std::uint32_t next_number(std::uint64_t& state,
                                                  std::uint32_t numbers) {
  // The upper half times `numbers`, of which the upper half is the choice.
  const auto upper = next_random(state) >> 32u;
  return static_cast<std::uint32_t>((upper * numbers) >> 32u) + 1;
}

} // namespace sluice::bench
