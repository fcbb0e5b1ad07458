#include "storage/contentless_rows.hpp"

#include "storage/fts5_tokens.hpp"
#include "storage/index_documents.hpp"
#include "storage/index_sizes.hpp"
#include "storage/module_arguments.hpp"
#include "storage/sql_literal.hpp"
#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <array>
#include <string>
#include <utility>

namespace sluice::storage {

namespace {

using codec::error_code;

/// From the one that every SQLite understands to the one that says most.
constexpr auto spellings = std::array{
    index_spelling::words, index_spelling::trigrams, index_spelling::tokens};

/// The temporary tables for one table.
class contentless_table {
public:
  contentless_table(connection& source, const exported_table& table,
                    std::size_t number)
      : source_{source}, table_{table},
        words_{"temp.sluice_words_" + std::to_string(number)},
        texts_{"temp.sluice_texts_" + std::to_string(number)},
        again_{"sluice_again_" + std::to_string(number)} {
    // nop
  }

  /// @return nothing where no texts make the index.
  [[nodiscard]] codec::result<std::optional<row_route>> find_route() const {
    if (auto read = read_index_words(source_, "main", table_.name, words_);
        !read)
      return std::unexpected{std::move(read.error())};
    for (const auto spelling : spellings) {
      auto made = write_texts(spelling);
      if (made && *made)
        made = make_same_index(spelling);
      if (!made)
        return std::unexpected{std::move(made.error())};
      if (*made)
        return route(spelling);
    }
    return std::nullopt;
  }

private:
  [[nodiscard]] row_route route(index_spelling spelling) const {
    return {select_texts(""),
            "INSERT INTO " + quoted_name(table_.name) + " (" + columns() + ")",
            std::string{function_of(spelling)}};
  }

  static std::string_view function_of(index_spelling spelling) noexcept {
    return spelling == index_spelling::tokens ? fts5_tokens_function : "";
  }

  /// @return false where there is no such text for a document.
  [[nodiscard]] codec::result<bool> write_texts(index_spelling spelling) const;
  [[nodiscard]] codec::result<void> write_text(std::int64_t document,
                                               std::int64_t column,
                                               std::string_view text) const;

  /// Whether the texts make the same index, in a temporary table.
  [[nodiscard]] codec::result<bool>
  make_same_index(index_spelling spelling) const;

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
  /// @param function called with each of the texts; may be empty.
  [[nodiscard]] std::string select_texts(std::string_view function) const {
    auto result = std::string{"SELECT d.doc"};
    for (auto i = std::size_t{0}; i < table_.columns.size(); ++i)
      result.append(",")
          .append(function)
          .append("((SELECT text FROM ")
          .append(texts_)
          .append(" WHERE doc = d.doc AND col = ")
          .append(std::to_string(i))
          .append("))");
    return result + " FROM " + texts_ + " AS d WHERE d.col = -1 ORDER BY d.doc";
  }

  connection& source_;
  const exported_table& table_;
  /// As of `read_index_words`.
  std::string words_;
  /// Columns doc, col (its number, -1 for the document itself) and text.
  std::string texts_;
  std::string again_;
};

codec::result<void> contentless_table::write_text(std::int64_t document,
                                                  std::int64_t column,
                                                  std::string_view text) const {
  auto insert
      = source_.own_statement("INSERT INTO " + texts_ + " VALUES (?1, ?2, ?3)");
  if (!insert)
    return std::unexpected{std::move(insert.error())};
  const auto trusted = authorizer::trust{source_.authorizer()};
  auto* const handle = (*insert)->handle();
  // The text outlives the statement's run.
  const auto is_bound
      = sqlite3_bind_int64(handle, 1, document) == SQLITE_OK
        && sqlite3_bind_int64(handle, 2, column) == SQLITE_OK
        && sqlite3_bind_text64(handle, 3, text.data(), text.size(),
                               SQLITE_STATIC, SQLITE_UTF8)
               == SQLITE_OK;
  const auto is_done = is_bound && sqlite3_step(handle) == SQLITE_DONE;
  auto result = is_done ? codec::result<void>{}
                        : std::unexpected{last_error(source_.handle())};
  (*insert)->reset();
  return result;
}

codec::result<bool>
contentless_table::write_texts(index_spelling spelling) const {
  for (const auto& sql : std::array{
           "DROP TABLE IF EXISTS " + texts_,
           "CREATE TABLE " + texts_
               + "(doc INTEGER, col INTEGER, text TEXT, PRIMARY KEY(doc, col)) "
                 "WITHOUT ROWID"})
    if (auto done = source_.run_once(sql); !done)
      return std::unexpected{std::move(done.error())};
  auto documents = index_documents::open(source_, table_, words_);
  if (!documents)
    return std::unexpected{std::move(documents.error())};
  auto found = documents->next();
  for (; found && *found; found = documents->next()) {
    const auto texts
        = spell(**found, table_.columns.size(), documents->detail(), spelling);
    if (!texts)
      return false;
    auto done = write_text((*found)->id, -1, "");
    for (auto i = std::size_t{0}; i < texts->size() && done; ++i)
      if (!(*texts)[i].empty())
        done = write_text((*found)->id, static_cast<std::int64_t>(i),
                          (*texts)[i]);
    if (!done)
      return std::unexpected{std::move(done.error())};
  }
  if (!found)
    return std::unexpected{std::move(found.error())};
  return true;
}

codec::result<bool>
contentless_table::make_same_index(index_spelling spelling) const {
  const auto words = "temp." + again_ + "_words";
  const auto is_kept = keeps_sizes(source_, table_);
  if (!is_kept)
    return std::unexpected{is_kept.error()};
  for (const auto& sql :
       std::array{"CREATE VIRTUAL TABLE temp." + again_ + " USING fts5("
                      + arguments() + ")",
                  "INSERT INTO temp." + again_ + "(" + columns() + ") "
                      + select_texts(function_of(spelling))})
    if (auto done = source_.run_once(sql); !done)
      return std::unexpected{std::move(done.error())};
  if (auto read = read_index_words(source_, "temp", again_, words); !read)
    return std::unexpected{std::move(read.error())};
  auto question = "SELECT (SELECT count(*) FROM " + words
                  + ") <> (SELECT count(*) FROM " + words_
                  + ") OR EXISTS(SELECT * FROM " + words
                  + " EXCEPT SELECT * FROM " + words_ + ")";
  if (*is_kept)
    question += " OR EXISTS(SELECT id, sz FROM main."
                + quoted_name(sizes_table_of(table_))
                + " EXCEPT SELECT id, sz FROM temp." + again_ + "_docsize)";
  auto differ = source_.integer(question);
  if (!differ)
    return std::unexpected{std::move(differ.error())};
  for (const auto& name : {words, "temp." + again_})
    if (auto done = source_.run_once("DROP TABLE " + name); !done)
      return std::unexpected{std::move(done.error())};
  return *differ == 0;
}

codec::error refusal_of(const exported_table& table) {
  return {error_code::bad_request,
          "the table '" + table.name
              + "' keeps no texts (content=''), and the parts of its index do "
                "not fit together, as after a 'delete' with other texts than "
                "were inserted; leave it out"};
}

/// Whether SQLite says that the index is not as it should be.
bool is_of_index(const codec::error& failure) {
  return failure.code == error_code::constraint
         || failure.code == error_code::sql_error;
}

} // namespace

codec::result<row_route> make_contentless_rows(connection& source,
                                               const exported_table& table,
                                               std::size_t number) {
  // A reader's connection may not write, not even to temporary tables.
  if (auto writing = source.run_once("PRAGMA query_only = OFF"); !writing)
    return std::unexpected{std::move(writing.error())};
  auto begun = source.run_once("BEGIN");
  auto found = begun ? contentless_table{source, table, number}.find_route()
                     : std::unexpected{std::move(begun.error())};
  if (source.in_transaction())
    if (auto ended = source.run_once("COMMIT"); !ended && found)
      found = std::unexpected{std::move(ended.error())};
  if (auto reading = source.run_once("PRAGMA query_only = ON"); !reading)
    return std::unexpected{std::move(reading.error())};
  if (!found)
    return std::unexpected{is_of_index(found.error())
                               ? refusal_of(table)
                               : std::move(found.error())};
  if (auto& route = *found; route)
    return *std::move(route);
  return std::unexpected{refusal_of(table)};
}

} // namespace sluice::storage
