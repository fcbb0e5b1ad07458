#include "storage/index_documents.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace sluice::storage {

namespace {

std::unexpected<codec::error> misfit() {
  return codec::fail(codec::error_code::constraint,
                     "words of a document that has no sizes");
}

} // namespace

index_documents::index_documents(const exported_table& table, own_rows words,
                                 index_detail detail)
    : table_{&table}, words_{std::move(words)}, detail_{detail} {
  // nop
}

codec::result<index_documents>
index_documents::open(connection& source, const exported_table& table,
                      const std::string& words) {
  auto detail = detail_of_index_words(source, words);
  if (!detail)
    return std::unexpected{std::move(detail.error())};
  auto rows = own_rows::query(source, "SELECT doc, col, place, word FROM "
                                          + words + " ORDER BY doc");
  if (!rows)
    return std::unexpected{std::move(rows.error())};
  auto result = index_documents{table, std::move(*rows), *detail};
  auto kept = kept_sizes::open(source, table);
  if (!kept)
    return std::unexpected{std::move(kept.error())};
  result.kept_ = std::move(*kept);
  if (!result.kept_) {
    auto shared = shared_sizes::read(source, table, words);
    if (!shared)
      return std::unexpected{std::move(shared.error())};
    result.empty_ones_left_ = shared->documents_without_words();
    result.shared_ = std::move(*shared);
  }
  if (auto done = result.step(); !done)
    return std::unexpected{std::move(done.error())};
  return result;
}

codec::result<std::optional<indexed_document>> index_documents::next() {
  if (kept_)
    return next_kept(*kept_);
  if (shared_)
    return next_shared(*shared_);
  return std::nullopt;
}

codec::result<void> index_documents::step() {
  auto more = words_.next();
  if (!more)
    return std::unexpected{std::move(more.error())};
  has_word_ = *more;
  return {};
}

/// Those of the document that is next, if it is the one that is meant.
codec::result<void> index_documents::read_words(indexed_document& into) {
  auto* const row = words_.row();
  while (has_word_ && sqlite3_column_int64(row, 0) == into.id) {
    into.words.push_back({column_of_word(*table_, row, 1),
                          sqlite3_column_int64(row, 2),
                          std::string{bytes_in(row, 3)}});
    if (auto done = step(); !done)
      return done;
  }
  // They come by the names of the columns.
  std::ranges::stable_sort(into.words, {}, [](const indexed_word& word) {
    return std::tuple{word.column, word.place};
  });
  return {};
}

codec::result<std::optional<indexed_document>>
index_documents::next_kept(kept_sizes& kept) {
  auto found = kept.next();
  if (!found)
    return std::unexpected{std::move(found.error())};
  auto& next = *found;
  if (!next)
    return has_word_ ? codec::result<std::optional<indexed_document>>{misfit()}
                     : std::nullopt;
  auto result = indexed_document{
      .id = next->id, .words = {}, .sizes = std::move(next->sizes)};
  if (has_word_ && sqlite3_column_int64(words_.row(), 0) < result.id)
    return misfit();
  if (auto done = read_words(result); !done)
    return std::unexpected{std::move(done.error())};
  return result;
}

codec::result<std::optional<indexed_document>>
index_documents::next_shared(shared_sizes& shared) {
  auto result = indexed_document{};
  if (!has_word_) {
    constexpr auto id_max = std::numeric_limits<std::int64_t>::max();
    if (empty_ones_left_ == 0 || last_id_ == id_max)
      return std::nullopt;
    --empty_ones_left_;
    result.id = ++last_id_;
    result.sizes = token_counts(table_->columns.size());
    return result;
  }
  result.id = sqlite3_column_int64(words_.row(), 0);
  last_id_ = std::max(result.id, last_id_);
  if (auto done = read_words(result); !done)
    return std::unexpected{std::move(done.error())};
  if (detail_ == index_detail::document) {
    result.sizes = shared.next(result.words.size());
  } else if (detail_ == index_detail::column) {
    auto counts = token_counts(table_->columns.size());
    for (const auto& word : result.words)
      ++counts[word.column.value_or(0)];
    result.sizes = shared.next(counts);
  }
  return result;
}

} // namespace sluice::storage
