#include "storage/text_watch.hpp"

#include "storage/resource_account.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <bit>

namespace sluice::storage {

namespace {

/// Bytes of text times bytes of pattern, for all LIKE and GLOB between two
/// looks at the clock: each takes 1 to 3 ns.
constexpr auto comparisons_max = std::int64_t{1} << 32;

/// Longer than what lies in a page, which is in no block of its own.
constexpr auto text_bytes_min = std::int64_t{8} << 10;

/// Where LIKE or GLOB meet texts of this length, each jump looks at the clock.
constexpr auto pattern_text_bytes = std::int64_t{16} << 10;
constexpr auto steps_with_patterns = 32;

/// The same for other functions, of which each takes a while with such a text.
constexpr auto long_text_bytes = std::int64_t{1} << 20;
constexpr auto steps_with_long_texts = 50;

/// What is not known to the authorizer: in checks, in indexes on expressions
/// and in generated columns.
constexpr auto patterns_unseen = std::int64_t{4};

/// A look at the clock comes only after so many, if they do not take long.
constexpr auto patterns_between_looks = std::int64_t{steps_with_patterns / 3};

} // namespace

text_watch::text_watch(connection& owner, const work& known) noexcept
    : owner_{owner}, patterns_{known.patterns} {
  auto& account = resource_account::of_this_thread();
  account.watcher = this;
  account.on_larger_block = &text_watch::on_larger_block;
  pattern_bytes_
      = static_cast<int>(owner.options().limits.like_pattern_bytes_max);
  adapt(static_cast<std::int64_t>(known.text_bytes));
}

text_watch::~text_watch() {
  auto& account = resource_account::of_this_thread();
  account.block_bytes_noticed = resource_bounds::none;
  account.watcher = nullptr;
  account.on_larger_block = nullptr;
  const auto usual
      = static_cast<int>(owner_.options().limits.like_pattern_bytes_max);
  if (pattern_bytes_ != usual)
    sqlite3_limit(owner_.handle(), SQLITE_LIMIT_LIKE_PATTERN_LENGTH, usual);
  if (steps_per_look_ != connection::steps_per_look)
    owner_.look_at_deadline_every();
}

void text_watch::on_larger_block(void* self, std::int64_t bytes) noexcept {
  static_cast<text_watch*>(self)->adapt(bytes);
}

void text_watch::adapt(std::int64_t text_bytes) noexcept {
  // In powers of two, so that a growing text leads here only a few times.
  const auto noticed = static_cast<std::int64_t>(std::bit_ceil(
      static_cast<std::uint64_t>(std::max(text_bytes, text_bytes_min))));
  resource_account::of_this_thread().block_bytes_noticed = noticed;
  auto steps = connection::steps_per_look;
  if (patterns_ > 0)
    steps = noticed < pattern_text_bytes ? steps_with_patterns : 1;
  else if (noticed >= long_text_bytes)
    steps = steps_with_long_texts;
  if (steps < steps_per_look_) {
    steps_per_look_ = steps;
    owner_.look_at_deadline_every(steps);
  }
  const auto count = patterns_ == 0 ? patterns_unseen
                     : steps == 1   ? patterns_
                                  : std::max(patterns_, patterns_between_looks);
  const auto bytes_max = comparisons_max / noticed / count;
  if (bytes_max < pattern_bytes_) {
    pattern_bytes_ = static_cast<int>(std::max<std::int64_t>(bytes_max, 1));
    sqlite3_limit(owner_.handle(), SQLITE_LIMIT_LIKE_PATTERN_LENGTH,
                  pattern_bytes_);
  }
}

} // namespace sluice::storage
