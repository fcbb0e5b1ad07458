#include "storage/sql_export.hpp"

#include "storage/contentless_rows.hpp"
#include "storage/exported_schema.hpp"
#include "storage/failed_checks.hpp"
#include "storage/insert_writer.hpp"
#include "storage/letter_case.hpp"
#include "storage/schema_text.hpp"
#include "storage/table_order.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <optional>

namespace sluice::storage {

namespace {

using codec::error_code;

/// The text is handed on in pieces of about this.
constexpr auto piece_bytes = std::size_t{256} << 10;

/// Rows of an index that one statement makes anew: each is a transaction's
/// work that ends well before limits.statement_ms_max.
constexpr auto rows_per_slice = 5'000;

/// All that a file may hold that some server's limits allowed.
connection_options reading_options() {
  auto result = connection_options{};
  auto& limits = result.limits;
  limits.row_bytes_max = 1'000'000'000;
  limits.sql_bytes_max = 1'000'000'000;
  limits.request_memory_bytes_max = std::numeric_limits<std::int64_t>::max();
  return result;
}

bool is_one_of(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(names, [name](const std::string& each) {
    return equals_ignoring_case(each, name);
  });
}

/// "a","b"
std::string name_list(const std::vector<std::string>& names) {
  auto result = std::string{};
  for (const auto& name : names)
    result.append(result.empty() ? "" : ",").append(quoted_name(name));
  return result;
}

/// @param word in lower case.
bool contains_word(std::string_view sql, std::string_view word) {
  return std::ranges::search(sql, word, {}, lower_case).begin() != sql.end();
}

bool numbers_its_rows(const exported_table& table) {
  return table.kind == table_kind::rowid
         && contains_word(table.sql, "autoincrement");
}

class exporter {
public:
  exporter(std::unique_ptr<connection> source,
           const sql_export_options& options,
           const sql_export_listener& listener, bool has_failed_checks)
      : source_{std::move(source)}, options_{options}, listener_{listener},
        has_failed_checks_{has_failed_checks} {
    // nop
  }

  [[nodiscard]] codec::result<sql_export_progress> run();

private:
  [[nodiscard]] codec::result<void> prepare();
  [[nodiscard]] codec::result<void> check_names() const;
  [[nodiscard]] codec::result<void> check_obstacles() const;
  [[nodiscard]] codec::result<void> read_contentless();
  void judge_keys();
  [[nodiscard]] bool is_key_broken(const exported_table& table);
  void note(const std::string& text) const;
  [[nodiscard]] bool is_wanted(std::string_view table) const;
  [[nodiscard]] bool is_whole() const {
    return options_.tables.empty() && options_.excluded.empty();
  }
  [[nodiscard]] std::string free_name(std::string name) const;

  [[nodiscard]] codec::result<void> write_definitions();
  [[nodiscard]] codec::result<void> write_objects(std::string_view type);
  [[nodiscard]] codec::result<void> write_data();
  [[nodiscard]] codec::result<void> write_rows();
  [[nodiscard]] codec::result<void> write_group(const table_group& group);
  [[nodiscard]] codec::result<bool> must_be_staged(const table_group& group);
  [[nodiscard]] codec::result<void> write_staged(const table_group& group);
  [[nodiscard]] codec::result<void> write_table(const exported_table& table);
  [[nodiscard]] codec::result<bool> needs_rowids(const exported_table& table);
  [[nodiscard]] codec::result<void> write_virtual(const exported_table& table);
  [[nodiscard]] codec::result<void> write_options(const exported_table& table);
  [[nodiscard]] codec::result<void> write_index(const exported_table& table);
  [[nodiscard]] codec::result<void> write_sequences();
  [[nodiscard]] codec::result<void> write_apart(const row_route& route);

  [[nodiscard]] codec::result<void> put_definition(const std::string& name,
                                                   const std::string& sql);
  [[nodiscard]] codec::result<void> put(std::string_view text);
  [[nodiscard]] codec::result<void> flush();
  void finish_table();

  std::unique_ptr<connection> source_;
  const sql_export_options& options_;
  const sql_export_listener& listener_;
  /// What an INSERT has to leave unchecked, for rows are there all the same.
  bool has_failed_checks_ = false;
  exported_schema schema_;
  std::vector<const exported_table*> tables_;
  /// So are these.
  bool has_broken_keys_ = false;
  /// How the rows of those are had that keep none.
  std::map<const exported_table*, row_route> contentless_;
  std::unique_ptr<insert_writer> inserts_;
  std::string text_;
  sql_export_progress progress_;
  std::uint64_t rows_apart_ = 0;
};

codec::result<sql_export_progress> exporter::run() {
  if (auto ready = prepare(); !ready)
    return std::unexpected{std::move(ready.error())};
  // The checks of foreign keys wait for the end of the transaction.
  auto done = put("PRAGMA defer_foreign_keys=TRUE;\n");
  if (done && options_.has_schema)
    done = write_definitions();
  if (done && options_.has_data)
    done = write_data();
  // They must not act on what is inserted.
  if (done && options_.has_schema)
    done = write_objects("trigger");
  if (done)
    done = flush();
  if (!done)
    return std::unexpected{std::move(done.error())};
  return progress_;
}

codec::result<void> exporter::prepare() {
  auto schema = read_exported_schema(*source_);
  if (!schema)
    return std::unexpected{std::move(schema.error())};
  schema_ = std::move(*schema);
  if (auto known = check_names(); !known)
    return known;
  for (const auto& table : schema_.tables)
    if (is_wanted(table.name))
      tables_.push_back(&table);
  progress_.tables_total = tables_.size();
  if (auto possible = check_obstacles(); !possible)
    return possible;
  if (auto read = read_contentless(); !read)
    return read;
  judge_keys();
  auto inserts = insert_writer::make(
      *source_, free_name("sluice_parts"), options_.statement_bytes_max,
      [this](std::string_view text) { return put(text); });
  if (!inserts)
    return std::unexpected{std::move(inserts.error())};
  inserts_ = std::make_unique<insert_writer>(std::move(*inserts));
  return {};
}

codec::result<void> exporter::check_names() const {
  for (const auto* names : {&options_.tables, &options_.excluded})
    for (const auto& name : *names)
      if (std::ranges::none_of(schema_.tables, [&name](const auto& table) {
            return equals_ignoring_case(table.name, name);
          }))
        return codec::fail(error_code::not_found,
                           "the database has no table '" + name + "'");
  return {};
}

codec::result<void> exporter::check_obstacles() const {
  for (const auto* table : tables_) {
    const auto matters
        = table->kind == table_kind::unknown || options_.has_data;
    if (matters && !table->obstacle.empty())
      return codec::fail(error_code::bad_request, "the table '" + table->name
                                                      + "' " + table->obstacle
                                                      + "; leave it out");
  }
  return {};
}

/// Before anything is written, for what cannot be had is refused.
codec::result<void> exporter::read_contentless() {
  for (const auto* table : tables_) {
    if (table->kind != table_kind::contentless || !options_.has_data)
      continue;
    auto rows = make_contentless_rows(*source_, *table, contentless_.size());
    if (!rows)
      return std::unexpected{std::move(rows.error())};
    contentless_.emplace(table, std::move(*rows));
  }
  return {};
}

void exporter::note(const std::string& text) const {
  if (listener_.on_note)
    listener_.on_note(text);
}

/// Finds out whether rows are there that foreign keys would not let in.
void exporter::judge_keys() {
  if (!options_.has_data)
    return;
  for (const auto* table : tables_)
    if (!table->parents.empty() && is_key_broken(*table))
      has_broken_keys_ = true;
}

/// Whether SQLite cannot look up what a key refers to, or rows refer to none.
bool exporter::is_key_broken(const exported_table& table) {
  for (const auto& parent : table.parents)
    if (std::ranges::none_of(schema_.tables, [&parent](const auto& other) {
          return equals_ignoring_case(other.name, parent);
        }))
      return true;
  const auto count = source_->integer("SELECT count(*) FROM "
                                      "pragma_foreign_key_check("
                                      + quoted_text(table.name) + ")");
  // The only error is that parent and key do not fit; another one comes again
  // with the rows.
  if (!count)
    return true;
  if (*count > 0)
    note(std::to_string(*count) + " rows of the table '" + table.name
         + "' refer to rows that are not there (PRAGMA foreign_key_check): the "
           "program sqlite3 takes them, `sluice import` does not");
  return *count > 0;
}

bool exporter::is_wanted(std::string_view table) const {
  return (options_.tables.empty() || is_one_of(options_.tables, table))
         && !is_one_of(options_.excluded, table);
}

std::string exporter::free_name(std::string name) const {
  const auto is_taken = [this, &name] {
    return std::ranges::any_of(schema_.tables,
                               [&name](const auto& table) {
                                 return equals_ignoring_case(table.name, name);
                               })
           || std::ranges::any_of(schema_.objects, [&name](const auto& object) {
                return equals_ignoring_case(object.name, name);
              });
  };
  while (is_taken())
    name += "_";
  return name;
}

codec::result<void> exporter::write_definitions() {
  if (is_whole()) {
    auto version = source_->integer("PRAGMA user_version");
    if (!version)
      return std::unexpected{std::move(version.error())};
    if (*version != 0)
      if (auto written
          = put("PRAGMA user_version=" + std::to_string(*version) + ";\n");
          !written)
        return written;
  }
  for (const auto* table : tables_)
    if (auto written = put_definition(table->name, table->sql); !written)
      return written;
  // A foreign key may need a unique index, and one that is made of many rows
  // at once takes long.
  if (auto written = write_objects("index"); !written)
    return written;
  return write_objects("view");
}

codec::result<void> exporter::write_objects(std::string_view type) {
  for (const auto& object : schema_.objects) {
    // A view is no table's: it comes with the whole.
    const auto is_in = is_one_of(options_.tables, object.table)
                       || (options_.tables.empty()
                           && !is_one_of(options_.excluded, object.table));
    if (object.type == type && is_in)
      if (auto written = put_definition(object.name, object.sql); !written)
        return written;
  }
  return {};
}

codec::result<void> exporter::put_definition(const std::string& name,
                                             const std::string& sql) {
  if (const auto how = misread_by_shell(sql); !how.empty())
    note("the definition of '" + name + "' has " + std::string{how}
         + ": the program sqlite3 makes it another one, `sluice import` the "
           "same");
  return put(as_statement(sql));
}

/// Definitions before may have keys that do not fit: SQLite takes those, and
/// only then rows for them where keys are switched off.
codec::result<void> exporter::write_data() {
  if (has_broken_keys_)
    if (auto written = put("PRAGMA foreign_keys=OFF;\n"); !written)
      return written;
  if (has_failed_checks_)
    if (auto written = put("PRAGMA ignore_check_constraints=ON;\n"); !written)
      return written;
  auto written = write_rows();
  if (written && has_failed_checks_)
    written = put("PRAGMA ignore_check_constraints=OFF;\n");
  return written;
}

codec::result<void> exporter::write_rows() {
  for (const auto& group : order_by_foreign_keys(tables_))
    if (auto written = write_group(group); !written)
      return written;
  // An index of another table needs that one's rows.
  for (const auto* table : tables_)
    if (table->kind == table_kind::external_text)
      if (auto written = write_index(*table); !written)
        return written;
  if (auto written = inserts_->finish(); !written)
    return written;
  return write_sequences();
}

codec::result<void> exporter::write_group(const table_group& group) {
  auto staged = must_be_staged(group);
  if (!staged)
    return std::unexpected{std::move(staged.error())};
  if (*staged)
    return write_staged(group);
  for (const auto* table : group) {
    const auto is_ordinary = table->kind == table_kind::rowid
                             || table->kind == table_kind::without_rowid;
    if (auto written
        = is_ordinary ? write_table(*table) : write_virtual(*table);
        !written)
      return written;
    finish_table();
  }
  return {};
}

/// Whether rows may refer to others that come after them.
codec::result<bool> exporter::must_be_staged(const table_group& group) {
  if (group.size() > 1)
    return true;
  const auto& table = *group.front();
  if (!is_one_of(table.parents, table.name))
    return false;
  if (table.self_reference.empty())
    return true;
  auto found = source_->integer("SELECT EXISTS(SELECT 1 FROM "
                                + quoted_name(table.name) + " WHERE "
                                + quoted_name(table.self_reference) + " > "
                                + quoted_name(table.integer_key) + ")");
  if (!found)
    return std::unexpected{std::move(found.error())};
  return *found != 0;
}

/// Rows go into tables without foreign keys first, and from there to their
/// own at once, in one transaction, at whose end all of them are there.
codec::result<void> exporter::write_staged(const table_group& group) {
  auto moves = std::string{"PRAGMA defer_foreign_keys=TRUE;\n"};
  auto drops = std::string{};
  auto number = 0;
  for (const auto* table : group) {
    auto columns = table->columns;
    auto with_rowids = needs_rowids(*table);
    if (!with_rowids)
      return std::unexpected{std::move(with_rowids.error())};
    if (*with_rowids)
      columns.insert(columns.begin(), table->rowid_name);
    auto staged_columns = std::vector<std::string>{};
    for (auto i = std::size_t{0}; i < columns.size(); ++i)
      staged_columns.push_back("c" + std::to_string(i));
    const auto stage
        = quoted_name(free_name("sluice_stage_" + std::to_string(++number)));
    if (auto made = put("CREATE TABLE " + stage + " ("
                        + name_list(staged_columns) + ");\n");
        !made)
      return made;
    if (auto written
        = inserts_->write({"SELECT " + name_list(columns) + " FROM "
                               + quoted_name(table->name) + " NOT INDEXED",
                           "INSERT INTO " + stage});
        !written)
      return written;
    moves += "INSERT INTO " + quoted_name(table->name) + " ("
             + name_list(columns) + ") SELECT " + name_list(staged_columns)
             + " FROM " + stage + " ORDER BY rowid;\n";
    drops += "DROP TABLE " + stage + ";\n";
    finish_table();
  }
  return put(moves + drops);
}

codec::result<void> exporter::write_table(const exported_table& table) {
  auto columns = table.columns;
  auto with_rowids = needs_rowids(table);
  if (!with_rowids)
    return std::unexpected{std::move(with_rowids.error())};
  if (*with_rowids)
    columns.insert(columns.begin(), table.rowid_name);
  const auto names = name_list(columns);
  const auto name = quoted_name(table.name);
  // Without an index rows come in the order of the rowid or the key.
  return inserts_->write({"SELECT " + names + " FROM " + name + " NOT INDEXED",
                          "INSERT INTO " + name + " (" + names + ")"});
}

/// Whether rowids are others than those that rows get by themselves.
codec::result<bool> exporter::needs_rowids(const exported_table& table) {
  if (table.rowid_name.empty())
    return false;
  const auto& rowid = table.rowid_name;
  auto found = source_->integer(
      "SELECT coalesce(min(" + rowid + "), 1) <> 1 OR coalesce(max(" + rowid
      + "), 0) <> count(*) FROM " + quoted_name(table.name));
  if (!found)
    return std::unexpected{std::move(found.error())};
  return *found != 0;
}

codec::result<void> exporter::write_virtual(const exported_table& table) {
  if (auto written = write_options(table); !written)
    return written;
  if (table.kind == table_kind::external_text
      || table.kind == table_kind::derived)
    return {};
  if (const auto rows = contentless_.find(&table); rows != contentless_.end())
    return inserts_->write(rows->second);
  auto columns = table.columns;
  if (!table.rowid_name.empty())
    columns.insert(columns.begin(), table.rowid_name);
  const auto names = name_list(columns);
  const auto name = quoted_name(table.name);
  return inserts_->write({"SELECT " + names + " FROM " + name,
                          "INSERT INTO " + name + " (" + names + ")"});
}

/// What was set with INSERT INTO t(t, rank) VALUES (…).
codec::result<void> exporter::write_options(const exported_table& table) {
  if (table.module != "fts5")
    return {};
  const auto name = quoted_name(table.name);
  return write_apart({"SELECT k, v FROM " + quoted_name(table.name + "_config")
                          + " WHERE k <> 'version' ORDER BY k",
                      "INSERT INTO " + name + " (" + name + ",\"rank\")"});
}

/// The rows of an index of another table: as that one has them, a number of
/// them at a time.
codec::result<void> exporter::write_index(const exported_table& table) {
  const auto content = quoted_name(table.content);
  const auto id = quoted_name(table.content_rowid);
  const auto names = name_list(table.columns);
  const auto head = "INSERT INTO " + quoted_name(table.name) + " ("
                    + quoted_name(table.rowid_name) + "," + names + ") SELECT "
                    + id + "," + names + " FROM " + content + " WHERE " + id;
  auto last = std::optional<std::int64_t>{};
  while (true) {
    auto slice = std::string{"(SELECT "};
    slice.append(id).append(" AS id FROM ").append(content);
    if (last)
      slice.append(" WHERE ").append(id).append(" > ").append(
          std::to_string(*last));
    slice.append(" ORDER BY 1 LIMIT ")
        .append(std::to_string(rows_per_slice))
        .append(")");
    auto count = source_->integer("SELECT count(*) FROM " + slice);
    if (!count)
      return std::unexpected{std::move(count.error())};
    if (*count == 0)
      return {};
    auto first = source_->integer("SELECT min(id) FROM " + slice);
    auto end = source_->integer("SELECT max(id) FROM " + slice);
    if (!first || !end)
      return std::unexpected{(!first ? first : end).error()};
    last = *end;
    if (auto written = put(head + " BETWEEN " + std::to_string(*first) + " AND "
                           + std::to_string(*end) + ";\n");
        !written)
      return written;
  }
}

codec::result<void> exporter::write_sequences() {
  for (const auto* table : tables_) {
    if (!numbers_its_rows(*table))
      continue;
    const auto name = quoted_text(table->name);
    if (auto written
        = put("DELETE FROM \"sqlite_sequence\" WHERE name=" + name + ";\n");
        !written)
      return written;
    if (auto written = write_apart(
            {"SELECT name, seq FROM sqlite_sequence WHERE name=" + name,
             "INSERT INTO \"sqlite_sequence\" (\"name\",\"seq\")"});
        !written)
      return written;
  }
  return {};
}

/// What are no rows of the user's.
codec::result<void> exporter::write_apart(const row_route& route) {
  const auto before = inserts_->rows();
  auto done = inserts_->write(route);
  rows_apart_ += inserts_->rows() - before;
  return done;
}

codec::result<void> exporter::put(std::string_view text) {
  progress_.bytes += text.size();
  text_ += text;
  return text_.size() < piece_bytes ? codec::result<void>{} : flush();
}

codec::result<void> exporter::flush() {
  progress_.rows = inserts_->rows() - rows_apart_;
  auto taken = listener_.on_text(text_);
  text_.clear();
  if (listener_.on_progress)
    listener_.on_progress(progress_);
  return taken;
}

void exporter::finish_table() {
  ++progress_.tables;
}

} // namespace

codec::result<sql_export_progress>
export_sql(const std::string& path, const sql_export_options& options,
           const sql_export_listener& listener) {
  auto source = connection::open(path, reading_options());
  if (!source)
    return std::unexpected{std::move(source.error())};
  auto are_unchecked
      = options.has_data ? has_failed_checks(path) : codec::result<bool>{false};
  if (!are_unchecked)
    return std::unexpected{std::move(are_unchecked.error())};
  if (listener.on_open)
    listener.on_open();
  return exporter{std::move(*source), options, listener, *are_unchecked}.run();
}

} // namespace sluice::storage
