#pragma once

#include "codec/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A database as the text of SQL, which makes an equal one where it is
/// executed: in Sluice, in D1, or with the program sqlite3
/// (docs/adr/0028).
namespace sluice::storage {

struct sql_export_options {
  /// Only these tables, with their indexes and triggers; empty: everything.
  std::vector<std::string> tables = {};
  /// All but these.
  std::vector<std::string> excluded = {};
  bool has_schema = true;
  bool has_data = true;
  /// What a statement should not exceed: values of a row that does are put
  /// together from parts.
  std::size_t statement_bytes_max = 90'000;
};

/// How far it is.
struct sql_export_progress {
  std::uint64_t tables = 0;
  std::uint64_t tables_total = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

struct sql_export_listener {
  /// The file is open, and may lose its name; may be empty.
  std::function<void()> on_open = {};
  /// Takes the next bytes of the text; an error ends the export.
  std::function<codec::result<void>(std::string_view)> on_text = {};
  /// Now and then; may be empty.
  std::function<void(const sql_export_progress&)> on_progress = {};
  /// What is not the same everywhere where the text is executed, for people;
  /// may be empty.
  std::function<void(const std::string&)> on_note = {};
};

/// Writes the database in the file at `path`, which nobody may be writing to.
/// @return `not_found` where one of `tables` or `excluded` is not there;
///   `bad_request` where a table holds what no SQL can say.
[[nodiscard]] codec::result<sql_export_progress>
export_sql(const std::string& path, const sql_export_options& options,
           const sql_export_listener& listener);

} // namespace sluice::storage
