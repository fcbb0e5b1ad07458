#include "storage/index_sizes.hpp"

#include "storage/sql_literal.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace sluice::storage {

namespace {

using codec::error_code;

/// How much of `tokens` falls to the first `met` of `words`, at least as much
/// as these are.
std::uint64_t share_of(std::uint64_t tokens, std::uint64_t met,
                       std::uint64_t words) {
  if (words == 0 || tokens <= words)
    return met;
  const auto surplus = tokens - words;
  return met + surplus / words * met + surplus % words * met / words;
}

/// How many words each column has; in the first one those without a column.
codec::result<token_counts> count_words(connection& source,
                                        const exported_table& table,
                                        const std::string& words) {
  auto result = token_counts(table.columns.size());
  auto rows = own_rows::query(source, "SELECT col, count(*) FROM " + words
                                          + " GROUP BY col");
  if (!rows)
    return std::unexpected{std::move(rows.error())};
  auto more = rows->next();
  for (; more && *more; more = rows->next())
    result[column_of_word(table, rows->row(), 0).value_or(0)]
        = static_cast<std::uint64_t>(sqlite3_column_int64(rows->row(), 1));
  if (!more)
    return std::unexpected{std::move(more.error())};
  return result;
}

/// The record of totals: documents, then the tokens of each column.
codec::result<token_counts> read_totals(connection& source,
                                        const exported_table& table) {
  auto record = own_rows::query(source, "SELECT block FROM main."
                                            + quoted_name(table.name + "_data")
                                            + " WHERE id = 1");
  if (!record)
    return std::unexpected{std::move(record.error())};
  auto more = record->next();
  if (!more)
    return std::unexpected{std::move(more.error())};
  // Nothing yet: no documents.
  auto totals = read_varints(*more ? bytes_in(record->row(), 0) : "");
  if (!totals)
    return codec::fail(error_code::constraint, "totals that cannot be read");
  totals->resize(table.columns.size() + 1);
  return std::move(*totals);
}

} // namespace

std::optional<token_counts> read_varints(std::string_view bytes) {
  constexpr auto bytes_max = std::size_t{9};
  auto result = token_counts{};
  auto number = std::uint64_t{0};
  auto length = std::size_t{0};
  for (const auto c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const auto is_last = ++length == bytes_max;
    number = is_last ? (number << 8U) | byte : (number << 7U) | (byte & 0x7fU);
    if (!is_last && (byte & 0x80U) != 0)
      continue;
    result.push_back(std::exchange(number, 0));
    length = 0;
  }
  return length == 0 ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<std::size_t> column_of_word(const exported_table& table,
                                          sqlite3_stmt* row, int index) {
  if (sqlite3_column_type(row, index) != SQLITE_TEXT)
    return std::nullopt;
  const auto found = std::ranges::find(table.columns, bytes_in(row, index));
  if (found == table.columns.end())
    return std::nullopt;
  return static_cast<std::size_t>(found - table.columns.begin());
}

// -- those that the index has -------------------------------------------------

std::string sizes_table_of(const exported_table& table) {
  return table.name + "_docsize";
}

codec::result<bool> keeps_sizes(connection& source,
                                const exported_table& table) {
  const auto count = source.integer("SELECT count(*) FROM main.sqlite_schema "
                                    "WHERE type = 'table' AND name = "
                                    + quoted_text(sizes_table_of(table)));
  if (!count)
    return std::unexpected{count.error()};
  return *count != 0;
}

kept_sizes::kept_sizes(own_rows rows, std::size_t columns)
    : rows_{std::move(rows)}, columns_{columns} {
  // nop
}

codec::result<std::optional<kept_sizes>>
kept_sizes::open(connection& source, const exported_table& table) {
  const auto is_there = keeps_sizes(source, table);
  if (!is_there)
    return std::unexpected{is_there.error()};
  if (!*is_there)
    return std::nullopt;
  auto rows = own_rows::query(source, "SELECT id, sz FROM main."
                                          + quoted_name(sizes_table_of(table))
                                          + " ORDER BY id");
  if (!rows)
    return std::unexpected{std::move(rows.error())};
  return kept_sizes{std::move(*rows), table.columns.size()};
}

codec::result<std::optional<kept_sizes::document>> kept_sizes::next() {
  auto more = rows_.next();
  if (!more)
    return std::unexpected{std::move(more.error())};
  if (!*more)
    return std::nullopt;
  auto sizes = read_varints(bytes_in(rows_.row(), 1));
  if (!sizes || sizes->size() != columns_)
    return codec::fail(error_code::constraint, "sizes that cannot be read");
  return document{sqlite3_column_int64(rows_.row(), 0), std::move(*sizes)};
}

// -- those of which only the totals are known ---------------------------------

codec::result<shared_sizes> shared_sizes::read(connection& source,
                                               const exported_table& table,
                                               const std::string& words) {
  auto totals = read_totals(source, table);
  auto counts = count_words(source, table, words);
  auto documents = source.integer("SELECT count(DISTINCT doc) FROM " + words);
  if (!totals || !counts)
    return std::unexpected{
        std::move(!totals ? totals.error() : counts.error())};
  if (!documents)
    return std::unexpected{std::move(documents.error())};
  auto result = shared_sizes{};
  result.documents_without_words_
      = totals->front()
        - std::min(totals->front(), static_cast<std::uint64_t>(*documents));
  result.tokens_.assign(totals->begin() + 1, totals->end());
  result.words_ = std::move(*counts);
  result.words_met_.resize(table.columns.size());
  return result;
}

token_counts shared_sizes::next(const token_counts& words) {
  auto result = token_counts(words.size());
  for (auto i = std::size_t{0}; i < words.size(); ++i) {
    const auto before = share_of(tokens_[i], words_met_[i], words_[i]);
    words_met_[i] += words[i];
    result[i] = share_of(tokens_[i], words_met_[i], words_[i]) - before;
  }
  return result;
}

token_counts shared_sizes::next(std::uint64_t words) {
  // As if all columns were one behind the other.
  const auto all
      = std::accumulate(tokens_.begin(), tokens_.end(), std::uint64_t{0});
  const auto begin = share_of(all, words_met_[0], words_[0]);
  words_met_[0] += words;
  const auto end = share_of(all, words_met_[0], words_[0]);
  auto result = token_counts{};
  auto column_begin = std::uint64_t{0};
  for (const auto tokens : tokens_) {
    const auto column_end = column_begin + tokens;
    const auto from = std::max(begin, column_begin);
    const auto to = std::min(end, column_end);
    result.push_back(to > from ? to - from : 0);
    column_begin = column_end;
  }
  return result;
}

} // namespace sluice::storage
