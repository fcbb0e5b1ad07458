#pragma once

#include "storage/search_instances.hpp"

/// Only for the functions of search.
namespace sluice::storage {

/// Words of a column that show best what was searched for.
struct snippet_place {
  int column = 0;
  int first_word = 0;
  /// Words of the column; 0: not known.
  int column_words = 0;
};

/// Chooses them as FTS5 does: where most phrases stand, then most instances,
/// preferably from the beginning of a sentence.
class snippet_choice {
public:
  /// @param row and `instances` outlive this.
  /// @param words of the snippet.
  snippet_choice(const search_row& row, const search_instances& instances,
                 int words);

  /// @param column that is looked at; below 0: all.
  /// @return SQLite's result code.
  [[nodiscard]] int choose(int column);

  [[nodiscard]] const snippet_place& best() const noexcept {
    return best_;
  }

private:
  [[nodiscard]] int look_at_column(int column);

  const search_row& row_;
  const search_instances& instances_;
  int words_;
  snippet_place best_;
  std::int64_t best_score_ = 0;
  deadline_look look_;
};

} // namespace sluice::storage
