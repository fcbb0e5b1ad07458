#pragma once

#include "storage/connection.hpp"

#include <cstddef>
#include <cstdint>

namespace sluice::storage {

/// While one lives, a statement runs, or is compiled, on this thread, and what
/// it does with long texts is kept short (docs/adr/0016).
///
/// SQLite's LIKE and GLOB compare each place of a text with the pattern and do
/// not look at a clock meanwhile, and cannot be replaced without losing the
/// search in an index for a prefix. So the longer a text may be, the shorter
/// the pattern must be. How long a text may be is known before LIKE sees it: it
/// lies in a page, in the request, in the SQL, or in a block that SQLite has
/// asked for. The longer, the more often SQLite looks at the deadline, too.
class text_watch {
public:
  struct work {
    /// LIKE and GLOB that are known to be in the statement.
    std::int64_t patterns = 0;
    /// The longest text that it has before it begins.
    std::size_t text_bytes = 0;
  };

  /// @param owner outlives this.
  text_watch(connection& owner, const work& known) noexcept;
  ~text_watch();
  text_watch(const text_watch&) = delete;
  text_watch& operator=(const text_watch&) = delete;

private:
  static void on_larger_block(void* self, std::int64_t bytes) noexcept;
  void adapt(std::int64_t text_bytes) noexcept;

  connection& owner_;
  std::int64_t patterns_;
  int pattern_bytes_ = 0;
  int steps_per_look_ = connection::steps_per_look;
};

} // namespace sluice::storage
