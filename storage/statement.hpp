#pragma once

#include "codec/error.hpp"
#include "codec/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::storage {

/// Gives a prepared statement back to SQLite.
struct statement_finalizer {
  void operator()(sqlite3_stmt* handle) const noexcept;
};

using statement_handle = std::unique_ptr<sqlite3_stmt, statement_finalizer>;

/// How long a prepared statement will be kept; SQLite allocates accordingly.
enum class statement_lifetime : std::uint8_t { once, cached };

/// One prepared statement with what is known about it before it runs.
/// Belongs to its connection's thread, and must not outlive the connection.
class statement {
public:
  /// Compiles the first statement of `sql`.
  /// @param tail_out gets what follows it.
  /// @return an empty statement if `sql` begins with nothing but blanks and
  ///   comments up to the next semicolon.
  [[nodiscard]] static codec::result<statement>
  prepare(sqlite3* db, std::string_view sql, statement_lifetime lifetime,
          std::string_view& tail_out);

  /// The same for a text that has a NUL behind it, e.g. the rest of a string:
  /// SQLite makes no copy of it, and its limit is one for the statement, not
  /// for all that stands there.
  [[nodiscard]] static codec::result<statement>
  prepare_first(sqlite3* db, std::string_view sql, statement_lifetime lifetime,
                std::string_view& tail_out);

  statement() = default;

  [[nodiscard]] bool empty() const noexcept {
    return handle_ == nullptr;
  }
  [[nodiscard]] sqlite3_stmt* handle() const noexcept {
    return handle_.get();
  }
  /// It cannot change the database (sqlite3_stmt_readonly), or is explained.
  [[nodiscard]] bool is_read_only() const noexcept;

  /// It has places for parameters.
  [[nodiscard]] bool has_parameters() const noexcept;

  /// The memory that it takes while it is kept; a short text can name a view
  /// that is long.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// Binds all parameters. The values must live until the statement is reset:
  /// text and blobs are not copied.
  /// @return `sql_error` "Wrong number of parameter bindings for SQL query."
  [[nodiscard]] codec::result<void> bind(const codec::parameters& params);

  /// Ends an execution and forgets the parameters.
  void reset() noexcept;

  /// A result column as JSON needs it.
  struct column {
    std::string name;
    /// The name as JSON text.
    std::string quoted_name;
    /// A later column has the same name, and wins in objects.
    bool shadowed = false;
    /// The table declares it as BOOLEAN, which SQLite stores as 0 and 1.
    bool is_boolean = false;
  };

  /// The result columns. SQLite compiles a statement again when the schema
  /// changed, so ask after the first step.
  [[nodiscard]] const std::vector<column>& columns();

  /// Tables of `main` that running it may write to, triggers included.
  std::vector<std::string> tables_written;

  /// How often LIKE and GLOB stand in it, and bytes of its own text.
  std::int64_t patterns = 0;
  std::size_t sql_bytes = 0;

private:
  struct source {
    std::string_view text;
    /// 1 if one stands behind it.
    std::size_t nul_bytes = 0;
  };
  [[nodiscard]] static codec::result<statement>
  compile(sqlite3* db, const source& from, statement_lifetime lifetime,
          std::string_view& tail_out);

  [[nodiscard]] codec::result<void>
  bind_positional(const codec::positional_parameters& params);
  [[nodiscard]] codec::result<void>
  bind_named(const codec::named_parameters& params);
  void load_columns();

  statement_handle handle_;
  std::vector<column> columns_;
  int compilations_ = -1;
};

/// What is left of `sql` behind leading blanks, comments and semicolons.
[[nodiscard]] std::string_view skip_blank(std::string_view sql) noexcept;

} // namespace sluice::storage
