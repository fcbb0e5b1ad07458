#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// A database's schema, as it has to be known to write the database as SQL.
namespace sluice::storage {

/// How the rows of a table are read and written.
enum class table_kind : std::uint8_t {
  rowid,         ///< An ordinary one.
  without_rowid, ///< WITHOUT ROWID.
  full_text,     ///< A full-text table that has its texts itself.
  external_text, ///< A full-text index of another table.
  contentless,   ///< A full-text index of FTS5 whose texts are nowhere.
  rtree,         ///< R*Tree: its first column is its rowid.
  geopoly,       ///< Geopoly.
  derived,       ///< A virtual table that shows what others hold.
  unknown,       ///< A virtual table whose rows cannot be had as values.
};

struct exported_table {
  std::string name;
  /// As sqlite_schema has it.
  std::string sql;
  table_kind kind = table_kind::rowid;
  /// Those that an INSERT names: no generated and no hidden ones.
  std::vector<std::string> columns;
  /// A name that its rowid can be read and written by; empty: none, or a
  /// column has it anyway.
  std::string rowid_name;
  /// Of `columns`: the INTEGER PRIMARY KEY; empty: none.
  std::string integer_key;
  /// Names of the tables that its foreign keys refer to, itself too.
  std::vector<std::string> parents;
  /// The only foreign key to itself has this column, and refers to
  /// `integer_key`; empty: there is none, or it is another.
  std::string self_reference;

  // Of a full-text table.
  std::string module;
  /// Of an index of another table: that, and its column with the rowid.
  std::string content;
  std::string content_rowid;
  /// Why its rows cannot be had; for people.
  std::string obstacle;
};

/// An index, a view or a trigger.
struct exported_object {
  std::string type;
  std::string name;
  std::string table;
  std::string sql;
};

struct exported_schema {
  /// In the order in which they were made; without SQLite's own, Sluice's own,
  /// and those that belong to virtual tables.
  std::vector<exported_table> tables;
  std::vector<exported_object> objects;
};

[[nodiscard]] codec::result<exported_schema>
read_exported_schema(connection& source);

} // namespace sluice::storage
