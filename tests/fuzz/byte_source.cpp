#include "tests/fuzz/byte_source.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace sluice::fuzz {

std::uint8_t byte_source::byte() noexcept {
  if (rest_.empty())
    return 0;
  const auto result = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return result;
}

std::uint64_t byte_source::bits() noexcept {
  auto result = std::uint64_t{0};
  for (auto i = 0; i < 8; ++i)
    result = result << 8u | byte();
  return result;
}

std::string_view byte_source::text(std::size_t bytes_max) noexcept {
  const auto size = std::min({std::size_t{byte()}, rest_.size(), bytes_max});
  const auto result = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return result;
}

codec::value byte_source::value(std::size_t bytes_max) {
  switch (byte() % 6) {
  case 0:
    return {};
  case 1:
    return static_cast<std::int64_t>(static_cast<std::int8_t>(byte()));
  case 2:
    return static_cast<std::int64_t>(bits());
  case 3:
    return std::bit_cast<double>(bits());
  case 4:
    return std::string{text(bytes_max)};
  default: {
    auto result = codec::blob{};
    for (const auto c : text(bytes_max))
      result.bytes.push_back(static_cast<std::byte>(c));
    return result;
  }
  }
}

} // namespace sluice::fuzz
