#pragma once

#include <cstdint>
#include <string>

/// Users and posts that are the same for one seed, in a made-up language whose
/// words are as unevenly frequent as those of a real one (Zipf).
namespace sluice::bench {

/// Words that there are; the first is in almost every post.
inline constexpr auto vocabulary_size = std::uint32_t{50'000};

/// The word of a rank, from 0.
[[nodiscard]] std::string word_of(std::uint32_t rank);

/// Writes bodies of requests, one after the other.
class blog_text {
public:
  explicit blog_text(std::uint64_t seed) noexcept : state_{seed} {
    // nop
  }

  /// A body for `users.create`; the number makes the address unique.
  [[nodiscard]] std::string user(std::uint32_t number);
  /// An element for `posts.bulk_create`: 4 to 8 words of title, 30 to 90 of
  /// content, of one of `users`; nine of ten are published.
  [[nodiscard]] std::string post(std::uint32_t users);

private:
  std::string words(std::uint32_t count);

  std::uint64_t state_;
};

} // namespace sluice::bench
