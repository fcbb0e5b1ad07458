#include "storage/contentless_rows.hpp"

#include "storage/module_arguments.hpp"
#include "storage/sql_literal.hpp"

#include <array>
#include <string>

namespace sluice::storage {

namespace {

using codec::error_code;

/// The statements for one table.
class contentless_table {
public:
  contentless_table(const exported_table& table, std::size_t number)
      : table_{table}, words_{"temp.sluice_words_" + std::to_string(number)},
        again_name_{"sluice_again_" + std::to_string(number)} {
    // nop
  }

  [[nodiscard]] row_route route() const {
    return {select_rows(),
            "INSERT INTO " + quoted_name(table_.name) + " (" + columns() + ")"};
  }

  /// Reads the index: where each word stands. A place that is not known, or has
  /// two words, violates the key.
  [[nodiscard]] codec::result<void> read_words(connection& source) const {
    const auto vocabulary = words_ + "_index";
    for (const auto& sql : std::array{
             list_places(vocabulary, "main", table_.name),
             "CREATE TABLE " + words_
                 + "(doc INTEGER, col TEXT, place INTEGER, word TEXT, "
                   "PRIMARY KEY(doc, col, place)) WITHOUT ROWID",
             "INSERT INTO " + words_
                 + " SELECT doc, col, \"offset\", term FROM " + vocabulary,
             "DROP TABLE " + vocabulary})
      if (auto done = source.run_once(sql); !done)
        return done;
    return {};
  }

  /// Whether the rows of the route make the same index.
  [[nodiscard]] codec::result<bool> is_same_again(connection& source) const {
    const auto again = "temp." + again_name_;
    const auto vocabulary = again + "_index";
    for (const auto& sql : std::array{
             "CREATE VIRTUAL TABLE " + again + " USING fts5(" + arguments()
                 + ")",
             "INSERT INTO " + again + "(" + columns() + ") " + select_rows(),
             list_places(vocabulary, "temp", again_name_)})
      if (auto done = source.run_once(sql); !done)
        return std::unexpected{std::move(done.error())};
    auto differences = source.integer(
        "SELECT (SELECT count(*) FROM " + vocabulary
        + ") <> (SELECT count(*) FROM " + words_
        + ") OR EXISTS(SELECT doc, col, \"offset\", term FROM " + vocabulary
        + " EXCEPT SELECT doc, col, place, word FROM " + words_
        + ") OR EXISTS(SELECT id, sz FROM " + sizes()
        + " EXCEPT SELECT id, sz FROM " + again + "_docsize)");
    if (!differences)
      return std::unexpected{std::move(differences.error())};
    for (const auto& name : {vocabulary, again})
      if (auto done = source.run_once("DROP TABLE " + name); !done)
        return std::unexpected{std::move(done.error())};
    return *differences == 0;
  }

private:
  /// https://www.sqlite.org/fts5.html#the_fts5vocab_virtual_table_module
  static std::string list_places(const std::string& name, const char* schema,
                                 const std::string& of) {
    return "CREATE VIRTUAL TABLE " + name + " USING fts5vocab(" + schema + ","
           + quoted_text(of) + ",instance)";
  }
  [[nodiscard]] std::string sizes() const {
    return "main." + quoted_name(table_.name + "_docsize");
  }
  [[nodiscard]] std::string columns() const {
    auto result = quoted_name(table_.rowid_name);
    for (const auto& each : table_.columns)
      result += "," + quoted_name(each);
    return result;
  }
  [[nodiscard]] std::string arguments() const {
    auto result = std::string{};
    if (const auto call = parse_module_call(table_.sql))
      for (const auto& each : call->arguments)
        result.append(result.empty() ? "" : ",").append(each);
    return result;
  }
  [[nodiscard]] std::string select_rows() const {
    auto result = std::string{"SELECT d.id"};
    for (const auto& each : table_.columns)
      result += ",(SELECT group_concat(word, ' ') FROM (SELECT word FROM "
                + words_ + " WHERE doc = d.id AND col = " + quoted_text(each)
                + " ORDER BY place))";
    return result + " FROM " + sizes() + " AS d ORDER BY d.id";
  }

  const exported_table& table_;
  std::string words_;
  std::string again_name_;
};

codec::error refusal_of(const exported_table& table) {
  return {error_code::bad_request,
          "the table '" + table.name
              + "' keeps no texts (content=''), and its index does not tell "
                "them; leave it out"};
}

/// Whether SQLite says that the index is not of the kind that is needed.
bool is_of_index(const codec::error& failure) {
  return failure.code == error_code::constraint
         || failure.code == error_code::sql_error;
}

/// Whether the words of its index make the table again.
codec::result<bool> rebuilds_its_index(connection& source,
                                       const contentless_table& table) {
  if (auto read = table.read_words(source); !read)
    return std::unexpected{std::move(read.error())};
  return table.is_same_again(source);
}

} // namespace

codec::result<row_route> make_contentless_rows(connection& source,
                                               const exported_table& table,
                                               std::size_t number) {
  // A reader's connection may not write, not even to temporary tables.
  if (auto writing = source.run_once("PRAGMA query_only = OFF"); !writing)
    return std::unexpected{std::move(writing.error())};
  const auto contentless = contentless_table{table, number};
  auto same = rebuilds_its_index(source, contentless);
  if (auto reading = source.run_once("PRAGMA query_only = ON"); !reading)
    return std::unexpected{std::move(reading.error())};
  if (same && *same)
    return contentless.route();
  return std::unexpected{same || is_of_index(same.error())
                             ? refusal_of(table)
                             : std::move(same.error())};
}

} // namespace sluice::storage
