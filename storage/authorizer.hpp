#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace sluice::storage {

inline constexpr auto reserved_name_refusal
    = std::string_view{"names that begin with _cf_ or _sluice_ are reserved"};

/// Whether it begins with one of the prefixes of Sluice's own tables in each
/// database (docs/adr/0031).
[[nodiscard]] bool is_reserved_name(std::string_view name) noexcept;

/// Whether a name in `sql` is reserved, in an identifier, a text or a comment,
/// or would make reserved ones: the tables that a virtual table `_cf` keeps its
/// data in begin with `_cf_`. For what SQLite does not ask about: the new name
/// of a table; the table of a foreign key, which must not refer to Sluice's
/// own, or Sluice could not write to them; the table whose texts a virtual
/// table indexes.
[[nodiscard]] bool mentions_reserved_name(std::string_view sql) noexcept;

/// Decides what SQL a client may run (protocol, "SQL surface"), as SQLite's
/// authorizer callback (https://www.sqlite.org/c3ref/set_authorizer.html).
///
/// SQLite asks while it compiles a statement, and again when it compiles one
/// anew after a schema change. Belongs to its connection's thread.
class authorizer {
public:
  /// Installs itself; must outlive its use by `db`.
  explicit authorizer(sqlite3* db);
  authorizer(const authorizer&) = delete;
  authorizer& operator=(const authorizer&) = delete;

  /// What the statements compiled since `start_statement` do.
  struct observation {
    /// Changes the schema, or the header by `PRAGMA user_version = …`.
    bool changes_schema = false;
    /// Is a PRAGMA: it may act while it is compiled, so it is not cached.
    bool is_pragma = false;
    /// May write, though SQLite takes it for a read: `PRAGMA optimize`.
    bool is_upkeep = false;
    /// Says `PRAGMA foreign_keys = …`, or `PRAGMA case_sensitive_like = …`,
    /// and what: the executor sees to it.
    std::optional<bool> switches_keys = {};
    std::optional<bool> switches_like = {};
    /// Asks for the last inserted rowid, which only the writer knows.
    bool asks_last_rowid = false;
    /// Creates something in `main`, unless IF NOT EXISTS finds it there.
    bool creates = false;
    /// Creates or alters a table: may name one that SQLite does not ask about.
    bool defines_table = false;
    /// Creates a virtual table.
    bool defines_virtual_table = false;
    /// How often LIKE and GLOB stand in it, in its views and in its triggers.
    std::int64_t patterns = 0;
    /// Tables of `main` it may write to, triggers included.
    std::vector<std::string> tables_written;
  };

  /// Forgets the observations of the last statement. `sql` begins with the
  /// next one, and must last as long as it is compiled, also anew, and runs.
  void start_statement(std::string_view sql);
  [[nodiscard]] const observation& seen() const noexcept {
    return seen_;
  }

  /// Why the last statement was refused; empty if it was not.
  [[nodiscard]] const std::string& refusal() const noexcept {
    return refusal_;
  }

  /// A statement of this request changed a setting of the connection, which
  /// must not outlive the request.
  [[nodiscard]] bool settings_changed() const noexcept {
    return settings_changed_;
  }
  /// A statement of this request may change the schema, also that of `temp`:
  /// SQLite does not always say which it is.
  [[nodiscard]] bool schema_touched() const noexcept {
    return schema_touched_;
  }
  void start_request() noexcept;

  /// While one lives, everything is allowed: Sluice's own statements.
  class trust {
  public:
    explicit trust(authorizer& owner) noexcept;
    ~trust();
    trust(const trust&) = delete;
    trust& operator=(const trust&) = delete;

  private:
    authorizer& owner_;
    bool before_;
  };

private:
  static int callback(void* self, int action, const char* first,
                      const char* second, const char* database,
                      const char* within) noexcept;
  int decide(int action, std::string_view first, std::string_view second,
             bool has_second, std::string_view database);
  /// What a view or a trigger does, beyond what a client may not do either.
  int decide_in_schema(int action, std::string_view first,
                       std::string_view second);
  int decide_pragma(std::string_view pragma, std::string_view argument,
                    bool has_argument);
  void observe(int action, std::string_view first, std::string_view second,
               std::string_view database);
  int refuse(std::string reason);
  int refuse_in_schema(std::string_view name);

  observation seen_;
  /// What the client's statement begins with.
  std::string_view text_;
  std::string refusal_;
  bool trusted_ = false;
  /// The client's statement is itself a PRAGMA.
  bool is_client_pragma_ = false;
  bool settings_changed_ = false;
  bool schema_touched_ = false;
};

} // namespace sluice::storage
