#pragma once

#include "storage/deadline_look.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct Fts5Context;
struct Fts5ExtensionApi;

/// Only for the functions of search.
namespace sluice::storage {

/// The row at which FTS5 calls a function.
struct search_row {
  const Fts5ExtensionApi& api;
  Fts5Context* context;

  /// Words of a phrase.
  [[nodiscard]] int size_of(int phrase) const noexcept;
};

/// Where a phrase of the search stands in a row.
struct phrase_instance {
  int phrase;
  int column;
  /// The number of its first word in the column.
  int word;
};

struct sqlite_memory_deleter {
  void operator()(void* memory) const noexcept;
};

/// All places of all phrases in a row, in the order of columns, words, and
/// phrases. They are in SQLite's memory, which is bounded.
class search_instances {
public:
  /// @return SQLite's result code.
  [[nodiscard]] int read(const search_row& row);

  [[nodiscard]] std::span<const phrase_instance>
  of_column(int column) const noexcept;

private:
  [[nodiscard]] int append(const phrase_instance& one) noexcept;

  std::unique_ptr<phrase_instance[], sqlite_memory_deleter> all_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
  deadline_look look_;
};

} // namespace sluice::storage
