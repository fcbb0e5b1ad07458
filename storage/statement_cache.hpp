#pragma once

#include "storage/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::storage {

/// The prepared statements of one connection, by their SQL text. Bounded: the
/// one that was used longest ago goes first. Belongs to one thread.
class statement_cache {
public:
  /// @param entries_max at least 1.
  explicit statement_cache(std::size_t entries_max);

  /// The statement for `sql`, or null. Valid until the next `insert`.
  [[nodiscard]] statement* find(std::string_view sql) noexcept;

  /// Keeps a statement, whose text must not be in the cache yet.
  statement& insert(std::string_view sql, statement prepared);

  /// Drops everything, e.g. before the connection closes.
  void clear() noexcept;

  [[nodiscard]] std::size_t size() const noexcept {
    return index_.size();
  }
  [[nodiscard]] std::uint64_t hits() const noexcept {
    return hits_;
  }
  [[nodiscard]] std::uint64_t misses() const noexcept {
    return misses_;
  }

private:
  struct entry {
    std::string sql;
    statement prepared;
  };
  std::size_t entries_max_;
  /// Most recently used first.
  std::list<entry> entries_;
  /// The keys are views of the entries' texts.
  std::unordered_map<std::string_view, std::list<entry>::iterator> index_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

} // namespace sluice::storage
