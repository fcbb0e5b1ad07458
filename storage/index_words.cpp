#include "storage/index_words.hpp"

#include "storage/sql_literal.hpp"

#include <array>
#include <utility>

namespace sluice::storage {

codec::result<void> read_index_words(connection& source,
                                     const std::string& schema,
                                     const std::string& of,
                                     const std::string& into) {
  const auto vocabulary = into + "_index";
  const auto statements = std::array{
      "CREATE VIRTUAL TABLE " + vocabulary + " USING fts5vocab(" + schema + ","
          + quoted_text(of) + ",instance)",
      "CREATE TABLE " + into
          + "(doc INTEGER, col, place INTEGER, word TEXT, "
            "PRIMARY KEY(doc, col, place, word)) WITHOUT ROWID",
      "INSERT INTO " + into
          + " SELECT doc, coalesce(col, x''), coalesce(\"offset\", -1), "
            "term FROM "
          + vocabulary,
      "DROP TABLE " + vocabulary};
  for (const auto& sql : statements)
    if (auto done = source.run_once(sql); !done)
      return done;
  return {};
}

codec::result<index_detail> detail_of_index_words(connection& source,
                                                  const std::string& words) {
  auto has_places = source.integer("SELECT EXISTS(SELECT 1 FROM " + words
                                   + " WHERE place >= 0)");
  auto has_columns = source.integer("SELECT EXISTS(SELECT 1 FROM " + words
                                    + " WHERE typeof(col) = 'text')");
  if (!has_places || !has_columns)
    return std::unexpected{
        std::move((!has_places ? has_places : has_columns).error())};
  return *has_places != 0    ? index_detail::place
         : *has_columns != 0 ? index_detail::column
                             : index_detail::document;
}

} // namespace sluice::storage
