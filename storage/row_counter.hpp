#pragma once

#include "codec/error.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;

namespace sluice::storage {

/// Counts what a statement writes, row by row and index entry by index entry,
/// through SQLite's preupdate hook
/// (https://www.sqlite.org/c3ref/preupdate_blobwrite.html).
///
/// An insert or delete counts the row and an entry in each index of its table;
/// an update counts the row and an entry in each index that has a changed
/// column. A partial index counts as if the row were in it. Belongs to its
/// connection's thread.
class row_counter {
public:
  /// Installs itself; must outlive its use by `db`.
  explicit row_counter(sqlite3* db);
  row_counter(const row_counter&) = delete;
  row_counter& operator=(const row_counter&) = delete;

  /// Learns about the indexes of the tables that a statement may write to, so
  /// that the hook, which must not ask SQLite, knows them.
  [[nodiscard]] codec::result<void>
  prepare_for(const std::vector<std::string>& tables);

  /// The schema changed: what is known about indexes is not true any more.
  void forget_schema() noexcept;

  /// Starts counting anew.
  void start_statement() noexcept;

  [[nodiscard]] std::int64_t rows_written() const noexcept {
    return rows_written_;
  }
  /// Rows that were updated or deleted, so must have been visited.
  [[nodiscard]] std::int64_t rows_visited() const noexcept {
    return rows_visited_;
  }

private:
  /// The columns of one index; -1 for an expression or the rowid.
  using index_columns = std::vector<int>;
  struct table_indexes {
    std::vector<index_columns> indexes;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };
  static void on_change(void* self, sqlite3* db, int operation,
                        const char* database, const char* table,
                        long long old_rowid, long long new_rowid) noexcept;
  void count(int operation, const char* table) noexcept;
  [[nodiscard]] std::int64_t changed_entries(const table_indexes& table) const;
  [[nodiscard]] bool column_changed(int column) const noexcept;
  [[nodiscard]] codec::result<table_indexes> load(const std::string& table);

  sqlite3* db_;
  std::unordered_map<std::string, table_indexes, text_hash, std::equal_to<>>
      tables_;
  /// The table of the last change, by SQLite's pointer to its name, which
  /// stays the same while a statement runs.
  const char* last_name_ = nullptr;
  const table_indexes* last_table_ = nullptr;
  std::int64_t rows_written_ = 0;
  std::int64_t rows_visited_ = 0;
};

} // namespace sluice::storage
