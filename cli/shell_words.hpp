#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What a shell can complete.
namespace sluice::cli {

/// How the text before the cursor can go on.
struct completion {
  /// Bytes before the cursor that are to be replaced.
  std::size_t replaced_bytes = 0;
  /// What all that can be meant have in common, at least what is there.
  std::string text;
  /// All that can be meant; one: it is complete.
  std::vector<std::string> candidates;
};

/// @param before_cursor of the line.
/// @param tables of the database.
[[nodiscard]] completion complete(std::string_view before_cursor,
                                  const std::vector<std::string>& tables);

} // namespace sluice::cli
