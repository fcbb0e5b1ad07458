#include "bench/request_text.hpp"

#include <charconv>
#include <cstring>
#include <utility>

namespace sluice::bench {

namespace {

constexpr auto id_digits_max = std::size_t{10};

} // namespace

request_text::request_text(std::string text) : buffer_{std::move(text)} {}

request_text::request_text(std::string before, std::uint32_t numbers,
                           std::string after, std::uint64_t seed)
    : buffer_{std::move(before)}, after_{std::move(after)},
      before_size_{buffer_.size()}, numbers_{numbers}, state_{seed} {
  buffer_.resize(before_size_ + id_digits_max + after_.size());
}

std::string_view request_text::next() noexcept {
  if (numbers_ == 0)
    return buffer_;
  auto* const digits = buffer_.data() + before_size_;
  // Ten digits hold any number of 32 bits.
  auto* const end = std::to_chars(digits, digits + id_digits_max,
                                  next_number(state_, numbers_))
                        .ptr;
  std::memcpy(end, after_.data(), after_.size());
  return {buffer_.data(), end + after_.size()};
}

} // namespace sluice::bench
