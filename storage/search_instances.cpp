#include "storage/search_instances.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace sluice::storage {

namespace {

/// The next place of one phrase.
struct phrase_reader {
  phrase_instance next;
  Fts5PhraseIter iterator;
};

bool is_later(const phrase_reader& a, const phrase_reader& b) noexcept {
  const auto key = [](const phrase_instance& one) {
    return std::tuple{one.column, one.word, one.phrase};
  };
  return key(a.next) > key(b.next);
}

} // namespace

int search_row::size_of(int phrase) const noexcept {
  return api.xPhraseSize(context, phrase);
}

void sqlite_memory_deleter::operator()(void* memory) const noexcept {
  sqlite3_free(memory);
}

int search_instances::read(const search_row& row) {
  const auto& [api, context] = row;
  const auto columns = api.xColumnCount(context);
  const auto phrases = api.xPhraseCount(context);
  auto readers = std::vector<phrase_reader>{};
  for (auto i = 0; i < phrases; ++i) {
    auto reader = phrase_reader{.next = {i, -1, -1}, .iterator = {}};
    if (const auto done
        = api.xPhraseFirst(context, i, &reader.iterator, &reader.next.column,
                           &reader.next.word);
        done != SQLITE_OK)
      return done;
    if (reader.next.column >= 0)
      readers.push_back(reader);
  }
  std::ranges::make_heap(readers, is_later);
  while (!readers.empty()) {
    std::ranges::pop_heap(readers, is_later);
    auto& reader = readers.back();
    if (reader.next.column >= columns)
      return SQLITE_CORRUPT_VTAB;
    if (look_.is_past())
      return SQLITE_INTERRUPT;
    if (const auto done = append(reader.next); done != SQLITE_OK)
      return done;
    api.xPhraseNext(context, &reader.iterator, &reader.next.column,
                    &reader.next.word);
    if (reader.next.column < 0)
      readers.pop_back();
    else
      std::ranges::push_heap(readers, is_later);
  }
  return SQLITE_OK;
}

std::span<const phrase_instance>
search_instances::of_column(int column) const noexcept {
  const auto found = std::ranges::equal_range(
      std::span{all_.get(), size_}, column, {}, &phrase_instance::column);
  return {found.begin(), found.end()};
}

int search_instances::append(const phrase_instance& one) noexcept {
  constexpr auto room_min = std::size_t{64};
  if (size_ == room_) {
    const auto room = std::max(room_min, 2 * room_);
    auto* larger = static_cast<phrase_instance*>(
        sqlite3_realloc64(all_.get(), room * sizeof(phrase_instance)));
    if (larger == nullptr)
      return SQLITE_NOMEM;
    // Has been freed, or is the same.
    static_cast<void>(all_.release());
    all_.reset(larger);
    room_ = room;
  }
  all_[size_++] = one;
  return SQLITE_OK;
}

} // namespace sluice::storage
