#include "storage/fts5_tokens.hpp"

#include "storage/fts5_interface.hpp"
#include "storage/request_bounds.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <new>
#include <utility>

namespace sluice::storage {

namespace {

constexpr auto blank = ' ';
constexpr auto escape = '\\';
constexpr auto same_place = std::string_view{"\\+"};
constexpr auto repeats = std::string_view{"\\*"};

/// A look at the clock for so many tokens: some milliseconds.
constexpr auto tokens_per_look = std::uint64_t{1} << 16;
/// FTS5 counts them in an int.
constexpr auto tokens_max = std::uint64_t{1} << 30;

/// What a value of the function begins with. Other texts do not: nobody knows
/// it who cannot call the function.
class value_mark {
public:
  static std::string_view text() noexcept {
    static const auto mark = value_mark{};
    return {mark.digits_.data(), mark.digits_.size()};
  }

private:
  value_mark() noexcept {
    auto bytes = std::array<unsigned char, 16>{};
    sqlite3_randomness(static_cast<int>(bytes.size()), bytes.data());
    constexpr auto digits = std::string_view{"0123456789abcdef"};
    for (auto i = std::size_t{0}; i < bytes.size(); ++i) {
      digits_[2 * i] = digits[bytes[i] >> 4U];
      digits_[2 * i + 1] = digits[bytes[i] & 0xfU];
    }
  }

  std::array<char, 32> digits_{};
};

// -- the list, as FTS5 takes it -----------------------------------------------

using take_function = int (*)(void* context, int flags, const char* token,
                              int bytes, int begin, int end);

/// Hands the tokens of a list to FTS5.
class token_giver {
public:
  token_giver(std::string_view list, void* context, take_function take)
      : list_{list}, context_{context}, take_{take} {
    // nop
  }

  /// @return SQLite's result code.
  int give_all() {
    auto done = SQLITE_OK;
    while (done == SQLITE_OK && skip_blanks())
      done = give_entry();
    // FTS5 has had enough.
    return done == SQLITE_DONE ? SQLITE_OK : done;
  }

private:
  /// @return false at the end.
  bool skip_blanks() noexcept {
    at_ = std::min(list_.find_first_not_of(blank, at_), list_.size());
    return at_ < list_.size();
  }

  int give_entry() {
    begin_ = at_;
    if (list_.substr(at_).starts_with(repeats)) {
      at_ += repeats.size();
      return give_again(read_number());
    }
    auto flags = 0;
    if (list_.substr(at_).starts_with(same_place)) {
      at_ += same_place.size();
      flags = FTS5_TOKEN_COLOCATED;
    }
    read_token();
    return give(flags);
  }

  void read_token() {
    token_.clear();
    for (; at_ < list_.size() && list_[at_] != blank; ++at_) {
      if (list_[at_] == escape && ++at_ == list_.size())
        return;
      token_ += list_[at_];
    }
  }

  std::uint64_t read_number() noexcept {
    const auto end = std::min(list_.find(blank, at_), list_.size());
    const auto digits = list_.substr(at_, end - at_);
    at_ = end;
    auto number = std::uint64_t{0};
    const auto read = std::from_chars(digits.begin(), digits.end(), number);
    return read.ec == std::errc::result_out_of_range ? tokens_max : number;
  }

  int give_again(std::uint64_t times) {
    auto done = SQLITE_OK;
    for (; done == SQLITE_OK && times > 0; --times)
      done = give(0);
    return done;
  }

  int give(int flags) {
    // FTS5's own give none.
    if (token_.empty())
      return SQLITE_OK;
    if (++given_ > tokens_max)
      return SQLITE_TOOBIG;
    if (given_ % tokens_per_look == 0 && request_bounds::is_deadline_past())
      return SQLITE_INTERRUPT;
    return take_(context_, flags, token_.data(),
                 static_cast<int>(token_.size()), static_cast<int>(begin_),
                 static_cast<int>(at_));
  }

  std::string_view list_;
  void* context_;
  take_function take_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::string token_;
  std::uint64_t given_ = 0;
};

// -- the tokenizers -----------------------------------------------------------

constexpr auto tokenizers
    = std::array{"unicode61", "ascii", "porter", "trigram"};

using tokenize_function
    = int (*)(Fts5Tokenizer* self, void* context, int flags, const char* text,
              int bytes, take_function take);

/// FTS5's own for one of the tokenizers: the same for all connections.
template <std::size_t Which>
std::atomic<tokenize_function>& original() noexcept {
  static auto result = std::atomic<tokenize_function>{nullptr};
  return result;
}

/// Stands between FTS5's own tokenizer and who takes the tokens, so that one
/// that does much with each, or a text of many, ends at the deadline.
struct watched_taker {
  void* context;
  take_function take;
  std::uint32_t taken = 0;

  static int give(void* self, int flags, const char* token, int bytes,
                  int begin, int end) noexcept {
    /// With some hundred phrases a token may take a microsecond.
    constexpr auto per_look = std::uint32_t{1} << 10;
    auto& to = *static_cast<watched_taker*>(self);
    if (++to.taken % per_look == 0 && request_bounds::is_deadline_past())
      return SQLITE_INTERRUPT;
    return to.take(to.context, flags, token, bytes, begin, end);
  }
};

template <std::size_t Which>
int tokenize(Fts5Tokenizer* self, void* context, int flags, const char* text,
             int bytes, take_function take) noexcept {
  const auto all
      = text == nullptr
            ? std::string_view{}
            : std::string_view{text, static_cast<std::size_t>(bytes)};
  if (!all.starts_with(value_mark::text())) {
    auto watched = watched_taker{context, take};
    return original<Which>().load(std::memory_order_relaxed)(
        self, &watched, flags, text, bytes, &watched_taker::give);
  }
  try {
    return token_giver{all.substr(value_mark::text().size()), context, take}
        .give_all();
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

/// Puts `tokenize` in the place of the tokenizer's own function. All else stays
/// as it is: FTS5 knows trigram, which can help LIKE, by its `xCreate`.
template <std::size_t Which>
int replace_tokenizer(fts5_api* api) noexcept {
  constexpr const auto* name = tokenizers[Which];
  void* data = nullptr;
  auto found = fts5_tokenizer{};
  const auto status = api->xFindTokenizer(api, name, &data, &found);
  if (status != SQLITE_OK)
    return status;
  original<Which>().store(found.xTokenize, std::memory_order_relaxed);
  found.xTokenize = tokenize<Which>;
  return api->xCreateTokenizer(api, name, data, &found, nullptr);
}

template <std::size_t... Which>
int replace_tokenizers(fts5_api* api, std::index_sequence<Which...>) noexcept {
  auto done = SQLITE_OK;
  ((done = done == SQLITE_OK ? replace_tokenizer<Which>(api) : done), ...);
  return done;
}

// -- the function -------------------------------------------------------------

void make_value(sqlite3_context* context, int,
                sqlite3_value** values) noexcept {
  const auto* list = sqlite3_value_text(values[0]);
  if (list == nullptr)
    return;
  const auto bytes = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
  const auto mark = value_mark::text();
  auto* out
      = static_cast<unsigned char*>(sqlite3_malloc64(mark.size() + bytes + 1));
  if (out == nullptr) {
    sqlite3_result_error_nomem(context);
    return;
  }
  *std::copy_n(list, bytes, std::ranges::copy(mark, out).out) = 0;
  // Refuses what is longer than the limit.
  sqlite3_result_text64(context, reinterpret_cast<char*>(out),
                        mark.size() + bytes, sqlite3_free, SQLITE_UTF8);
}

void append_entry(std::string& list, std::string_view beginning) {
  if (!list.empty())
    list += blank;
  list += beginning;
}

void append_escaped(std::string& list, std::string_view token) {
  for (const auto c : token) {
    if (c == blank || c == escape)
      list += escape;
    list += c;
  }
}

} // namespace

int register_fts5_tokens(sqlite3* db) noexcept {
  auto* api = fts5_interface(db);
  if (api == nullptr)
    return SQLITE_ERROR;
  if (const auto done
      = replace_tokenizers(api, std::make_index_sequence<tokenizers.size()>{});
      done != SQLITE_OK)
    return done;
  return sqlite3_create_function_v2(db, fts5_tokens_function.data(), 1,
                                    SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr,
                                    make_value, nullptr, nullptr, nullptr);
}

void append_token(std::string& list, std::string_view token) {
  append_entry(list, "");
  append_escaped(list, token);
}

void append_token_at_same_place(std::string& list, std::string_view token) {
  append_entry(list, same_place);
  append_escaped(list, token);
}

void append_repeats(std::string& list, std::uint64_t times) {
  append_entry(list, repeats);
  list += std::to_string(times);
}

} // namespace sluice::storage
