#pragma once

#include "storage/search_instances.hpp"

#include <memory>
#include <span>
#include <string_view>

struct sqlite3;
struct sqlite3_context;
struct sqlite3_str;

/// Only for the functions of search.
namespace sluice::storage {

/// A text of SQLite's that grows; its memory is bounded.
struct search_text_deleter {
  void operator()(sqlite3_str* text) const noexcept;
};

/// Copies words of a text, with marks around those that were searched for.
/// Instances that share words are marked as one.
class search_highlight {
public:
  struct marks {
    const char* open;  ///< Or nothing.
    const char* close; ///< Or nothing.
  };

  /// Which words are copied: all if `last` is below 0.
  struct range {
    int first = 0;
    int last = -1;
  };

  /// @param text and `around` outlive this.
  search_highlight(sqlite3* db, const search_row& row, std::string_view text,
                   const marks& around);

  /// Appends what is no part of the text; nothing of no data.
  void append(const char* added) noexcept;

  /// @param instances of the column of which the text is.
  /// @return SQLite's result code.
  [[nodiscard]] int copy(std::span<const phrase_instance> instances,
                         const range& words) noexcept;

  /// Copies what is behind the words that were copied.
  void copy_rest() noexcept;

  /// Makes the text what the function gives.
  void give(sqlite3_context* result) noexcept;

private:
  static int on_token(void* self, int flags, const char* token, int bytes,
                      int begin, int end) noexcept;
  void take_word(int word, int begin, int end) noexcept;
  void to_next_match() noexcept;
  void copy_to(int end) noexcept;
  void close() noexcept;

  const search_row& row_;
  std::string_view text_;
  marks marks_;
  std::unique_ptr<sqlite3_str, search_text_deleter> out_;
  std::span<const phrase_instance> rest_;
  range range_;
  /// The first and last word of the next match; below 0: there is none.
  int match_first_ = -1;
  int match_last_ = -1;
  int word_ = 0;
  /// The text is copied up to here.
  int copied_ = 0;
  bool is_open_ = false;
  deadline_look look_;
};

} // namespace sluice::storage
