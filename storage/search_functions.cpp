#include "storage/search_functions.hpp"

#include "storage/fts5_interface.hpp"
#include "storage/search_highlight.hpp"
#include "storage/search_snippet.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string_view>

namespace sluice::storage {

namespace {

// -- highlight and snippet ----------------------------------------------------

const char* text_or_null(sqlite3_value* value) noexcept {
  return reinterpret_cast<const char*>(sqlite3_value_text(value));
}

/// As FTS5's own snippet() takes it.
const char* text_or_empty(sqlite3_value* value) noexcept {
  const auto* text = text_or_null(value);
  return text != nullptr ? text : "";
}

/// A text of the row; without data where it is NULL, or nowhere.
struct column_text {
  const char* data = nullptr;
  int bytes = 0;

  int read(const search_row& row, int column) noexcept {
    return row.api.xColumnText(row.context, column, &data, &bytes);
  }
  [[nodiscard]] std::string_view view() const noexcept {
    return {data, static_cast<std::size_t>(bytes)};
  }
};

/// @return SQLite's result code, of an error that is not told yet.
int highlight(const search_row& row, sqlite3_context* result,
              sqlite3_value** values) {
  const auto column = sqlite3_value_int(values[0]);
  auto text = column_text{};
  auto done = text.read(row, column);
  if (done == SQLITE_RANGE) {
    sqlite3_result_text(result, "", 0, SQLITE_STATIC);
    return SQLITE_OK;
  }
  if (done != SQLITE_OK || text.data == nullptr)
    return done;
  auto instances = search_instances{};
  done = instances.read(row);
  if (done != SQLITE_OK)
    return done;
  auto out = search_highlight{
      sqlite3_context_db_handle(result),
      row,
      text.view(),
      {.open = text_or_null(values[1]), .close = text_or_null(values[2])}};
  done = out.copy(instances.of_column(column), {});
  if (done != SQLITE_OK)
    return done;
  out.copy_rest();
  out.give(result);
  return SQLITE_OK;
}

int snippet(const search_row& row, sqlite3_context* result,
            sqlite3_value** values) {
  const auto marks = search_highlight::marks{.open = text_or_empty(values[1]),
                                             .close = text_or_empty(values[2])};
  const auto* ellipsis = text_or_empty(values[3]);
  const auto words = sqlite3_value_int(values[4]);
  auto instances = search_instances{};
  auto done = instances.read(row);
  if (done != SQLITE_OK)
    return done;
  auto choice = snippet_choice{row, instances, words};
  done = choice.choose(sqlite3_value_int(values[0]));
  if (done != SQLITE_OK)
    return done;
  auto [column, first, column_words] = choice.best();
  auto text = column_text{};
  done = text.read(row, column);
  if (done == SQLITE_OK && column_words == 0)
    done = row.api.xColumnSize(row.context, column, &column_words);
  if (done != SQLITE_OK || text.data == nullptr)
    return done;
  auto out = search_highlight{sqlite3_context_db_handle(result), row,
                              text.view(), marks};
  if (first > 0)
    out.append(ellipsis);
  const auto last = static_cast<int>(std::min<std::int64_t>(
      std::int64_t{first} + words - 1, std::numeric_limits<int>::max()));
  done = out.copy(instances.of_column(column), {.first = first, .last = last});
  if (done != SQLITE_OK)
    return done;
  if (last >= column_words - 1)
    out.copy_rest();
  else
    out.append(ellipsis);
  out.give(result);
  return SQLITE_OK;
}

// -- bm25 ---------------------------------------------------------------------

/// What is the same for all rows of a search; FTS5 keeps it.
struct ranking_base {
  double mean_row_words;
  /// Inverse document frequencies, one for each phrase.
  double* rarities;
};

struct row_count {
  std::int64_t rows = 0;
  deadline_look look;

  static int on_row(const Fts5ExtensionApi*, Fts5Context*,
                    void* self) noexcept {
    auto& to = *static_cast<row_count*>(self);
    ++to.rows;
    return to.look.is_past() ? SQLITE_INTERRUPT : SQLITE_OK;
  }
};

/// @param found what FTS5 keeps, or nothing on a failure.
int make_ranking_base(const search_row& row, ranking_base*& found) noexcept {
  const auto& [api, context] = row;
  found = static_cast<ranking_base*>(api.xGetAuxdata(context, 0));
  if (found != nullptr)
    return SQLITE_OK;
  auto rows = sqlite3_int64{0};
  auto words = sqlite3_int64{0};
  auto done = api.xRowCount(context, &rows);
  if (done == SQLITE_OK)
    done = api.xColumnTotalSize(context, -1, &words);
  if (done != SQLITE_OK)
    return done;
  const auto phrases = api.xPhraseCount(context);
  auto* memory
      = sqlite3_malloc64(sizeof(ranking_base)
                         + static_cast<std::size_t>(phrases) * sizeof(double));
  if (memory == nullptr)
    return SQLITE_NOMEM;
  auto owner = std::unique_ptr<void, sqlite_memory_deleter>{memory};
  auto* made = ::new (memory) ranking_base{
      .mean_row_words = static_cast<double>(words) / static_cast<double>(rows),
      .rarities = reinterpret_cast<double*>(static_cast<char*>(memory)
                                            + sizeof(ranking_base))};
  for (auto i = 0; i < phrases; ++i) {
    auto with = row_count{};
    done = api.xQueryPhrase(context, i, &with, row_count::on_row);
    if (done != SQLITE_OK)
      return done;
    const auto rarity = std::log((static_cast<double>(rows - with.rows) + 0.5)
                                 / (static_cast<double>(with.rows) + 0.5));
    made->rarities[i] = rarity <= 0.0 ? 1e-6 : rarity;
  }
  // FTS5 frees it even where this fails.
  done = api.xSetAuxdata(context, owner.release(), sqlite3_free);
  found = done == SQLITE_OK ? made : nullptr;
  return done;
}

/// How often a phrase is in the row; each time counts as its column does.
int weigh_phrase(const search_row& row, int phrase,
                 std::span<sqlite3_value*> weights, deadline_look& look,
                 double& sum) noexcept {
  const auto& [api, context] = row;
  auto iterator = Fts5PhraseIter{};
  auto column = -1;
  auto word = -1;
  const auto columns = api.xColumnCount(context);
  auto done = api.xPhraseFirst(context, phrase, &iterator, &column, &word);
  while (done == SQLITE_OK && column >= 0) {
    if (column >= columns)
      return SQLITE_CORRUPT_VTAB;
    if (look.is_past())
      return SQLITE_INTERRUPT;
    const auto at = static_cast<std::size_t>(column);
    sum += at < weights.size() ? sqlite3_value_double(weights[at]) : 1.0;
    api.xPhraseNext(context, &iterator, &column, &word);
  }
  return done;
}

int bm25(const search_row& row, sqlite3_context* result,
         std::span<sqlite3_value*> weights) noexcept {
  constexpr auto k1 = 1.2;
  constexpr auto b = 0.75;
  ranking_base* base = nullptr;
  auto done = make_ranking_base(row, base);
  if (done != SQLITE_OK)
    return done;
  auto words = 0;
  done = row.api.xColumnSize(row.context, -1, &words);
  if (done != SQLITE_OK)
    return done;
  const auto length = static_cast<double>(words);
  auto score = 0.0;
  auto look = deadline_look{};
  const auto phrases = row.api.xPhraseCount(row.context);
  for (auto i = 0; i < phrases; ++i) {
    auto frequency = 0.0;
    done = weigh_phrase(row, i, weights, look, frequency);
    if (done != SQLITE_OK)
      return done;
    score
        += base->rarities[i]
           * ((frequency * (k1 + 1.0))
              / (frequency + k1 * (1 - b + b * length / base->mean_row_words)));
  }
  sqlite3_result_double(result, -1.0 * score);
  return SQLITE_OK;
}

// -- as FTS5 calls them -------------------------------------------------------

void tell(sqlite3_context* result, int done) noexcept {
  if (done != SQLITE_OK)
    sqlite3_result_error_code(result, done);
}

void call_highlight(const Fts5ExtensionApi* api, Fts5Context* context,
                    sqlite3_context* result, int count,
                    sqlite3_value** values) noexcept {
  if (count != 3) {
    sqlite3_result_error(
        result, "wrong number of arguments to function highlight()", -1);
    return;
  }
  try {
    tell(result, highlight({*api, context}, result, values));
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(result);
  }
}

void call_snippet(const Fts5ExtensionApi* api, Fts5Context* context,
                  sqlite3_context* result, int count,
                  sqlite3_value** values) noexcept {
  if (count != 5) {
    sqlite3_result_error(result,
                         "wrong number of arguments to function snippet()", -1);
    return;
  }
  try {
    tell(result, snippet({*api, context}, result, values));
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(result);
  }
}

void call_bm25(const Fts5ExtensionApi* api, Fts5Context* context,
               sqlite3_context* result, int count,
               sqlite3_value** values) noexcept {
  tell(result, bm25({*api, context}, result,
                    {values, static_cast<std::size_t>(count)}));
}

struct search_definition {
  const char* name;
  fts5_extension_function call;
};

constexpr auto search_definitions
    = std::to_array<search_definition>({{"highlight", call_highlight},
                                        {"snippet", call_snippet},
                                        {"bm25", call_bm25}});

} // namespace

int register_search_functions(sqlite3* db) noexcept {
  auto* api = fts5_interface(db);
  if (api == nullptr)
    return SQLITE_ERROR;
  for (const auto& [name, call] : search_definitions)
    if (const auto done
        = api->xCreateFunction(api, name, nullptr, call, nullptr);
        done != SQLITE_OK)
      return done;
  return SQLITE_OK;
}

} // namespace sluice::storage
