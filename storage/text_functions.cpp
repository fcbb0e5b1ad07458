#include "storage/text_functions.hpp"

#include "storage/connection.hpp"
#include "storage/request_bounds.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace sluice::storage {

namespace {

/// A look at the clock for so many comparisons: about a millisecond.
constexpr auto comparisons_per_look = std::uint32_t{1} << 20;

struct value_deleter {
  void operator()(sqlite3_value* value) const noexcept {
    sqlite3_value_free(value);
  }
};

using value_handle = std::unique_ptr<sqlite3_value, value_deleter>;

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// @return a view without data where there is no text: NULL, or no memory.
std::string_view text_of(sqlite3_value* value) noexcept {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr)
    return {};
  return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// The same; an empty one has data, too.
std::string_view blob_of(sqlite3_value* value) noexcept {
  const auto bytes = static_cast<std::size_t>(sqlite3_value_bytes(value));
  if (bytes == 0)
    return "";
  const auto* data = static_cast<const char*>(sqlite3_value_blob(value));
  return data != nullptr ? std::string_view{data, bytes} : std::string_view{};
}

/// @param text of an argument: it ends with the call, so it is copied.
void return_part(sqlite3_context* context, std::string_view text) noexcept {
  // See above.
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

/// The place of `wanted`, which is not empty, from `from` on; `npos`: nowhere.
/// memmem takes linear time, unlike string_view's find. AddressSanitizer looks
/// at all that memmem may read, so each call gets a part of the text.
std::size_t place_of(std::string_view text, std::string_view wanted,
                     std::size_t from) noexcept {
  constexpr auto part_bytes_min = std::size_t{4'096};
  const auto step = std::max(part_bytes_min, wanted.size());
  for (; from + wanted.size() <= text.size(); from += step) {
    // What begins within the step.
    const auto part = text.substr(from, step + wanted.size() - 1);
    const auto* found
        = ::memmem(part.data(), part.size(), wanted.data(), wanted.size());
    if (found != nullptr)
      return static_cast<std::size_t>(static_cast<const char*>(found)
                                      - text.data());
  }
  return std::string_view::npos;
}

/// The number of the byte at which `wanted` begins; 0: nowhere.
std::int64_t byte_of(std::string_view data, std::string_view wanted) noexcept {
  const auto at = place_of(data, wanted, 0);
  return at == std::string_view::npos ? 0 : static_cast<std::int64_t>(at) + 1;
}

/// The number of the character at which `wanted` begins; 0: nowhere.
std::int64_t character_of(std::string_view text,
                          std::string_view wanted) noexcept {
  // Characters are counted, and none but the first of a text begins so.
  if (is_continuation(wanted.front()))
    return text.starts_with(wanted) ? 1 : 0;
  const auto at = place_of(text, wanted, 0);
  if (at == std::string_view::npos)
    return 0;
  const auto before = text.substr(0, at);
  // The first byte begins a character, whatever it is.
  const auto begun
      = std::ranges::count_if(before.substr(std::min<std::size_t>(at, 1)),
                              [](char c) { return !is_continuation(c); });
  return 1 + begun + (before.empty() ? 0 : 1);
}

void instr(sqlite3_context* context, int, sqlite3_value** values) noexcept {
  const auto first = sqlite3_value_type(values[0]);
  const auto second = sqlite3_value_type(values[1]);
  if (first == SQLITE_NULL || second == SQLITE_NULL)
    return;
  const auto are_blobs = first == SQLITE_BLOB && second == SQLITE_BLOB;
  // Asked for its text, a blob becomes one, which the statement must not see.
  const auto is_mixed
      = !are_blobs && (first == SQLITE_BLOB || second == SQLITE_BLOB);
  const auto copies = std::array{
      value_handle{is_mixed ? sqlite3_value_dup(values[0]) : nullptr},
      value_handle{is_mixed ? sqlite3_value_dup(values[1]) : nullptr}};
  const auto read = [&](std::size_t i) {
    auto* value = is_mixed ? copies[i].get() : values[i];
    return value == nullptr ? std::string_view{}
           : are_blobs      ? blob_of(value)
                            : text_of(value);
  };
  const auto text = read(0);
  const auto wanted = read(1);
  if (text.data() == nullptr || wanted.data() == nullptr)
    sqlite3_result_error_nomem(context);
  else if (wanted.empty())
    sqlite3_result_int64(context, 1);
  else
    sqlite3_result_int64(context, are_blobs ? byte_of(text, wanted)
                                            : character_of(text, wanted));
}

/// What SQLite's own gives where there is nothing to replace: until 3.41 the
/// first argument as it is, then its text.
bool keeps_type_of_first() noexcept {
  sqlite3* raw = nullptr;
  const auto opened = sqlite3_open(":memory:", &raw);
  const auto handle = connection_handle{raw};
  sqlite3_stmt* statement = nullptr;
  if (opened != SQLITE_OK
      || sqlite3_prepare_v2(raw, "SELECT replace(1, '', '')", -1, &statement,
                            nullptr)
             != SQLITE_OK)
    return false;
  const auto owner = statement_handle{statement};
  return sqlite3_step(statement) == SQLITE_ROW
         && sqlite3_column_type(statement, 0) == SQLITE_INTEGER;
}

/// Writes `text` with all of `wanted` replaced to `out`, which has the room.
void write_replaced(char* out, std::string_view text, std::string_view wanted,
                    std::string_view replacement) noexcept {
  const auto append = [&out](std::string_view part) {
    out = std::copy(part.begin(), part.end(), out);
  };
  auto from = std::size_t{0};
  for (auto at = place_of(text, wanted, 0); at != std::string_view::npos;
       at = place_of(text, wanted, from)) {
    append(text.substr(from, at - from));
    append(replacement);
    from = at + wanted.size();
  }
  append(text.substr(from));
}

void replace(sqlite3_context* context, int, sqlite3_value** values) noexcept {
  static const auto keeps_type = keeps_type_of_first();
  const auto text = text_of(values[0]);
  const auto wanted = text_of(values[1]);
  if (text.data() == nullptr || wanted.data() == nullptr)
    return;
  if (wanted.empty() || wanted.front() == 0) {
    if (keeps_type)
      sqlite3_result_value(context, values[0]);
    else
      return_part(context, text);
    return;
  }
  const auto replacement = text_of(values[2]);
  if (replacement.data() == nullptr)
    return;
  auto count = std::uint64_t{0};
  for (auto at = place_of(text, wanted, 0); at != std::string_view::npos;
       at = place_of(text, wanted, at + wanted.size()))
    ++count;
  const auto bytes
      = text.size() - count * wanted.size() + count * replacement.size();
  const auto bytes_max = sqlite3_limit(sqlite3_context_db_handle(context),
                                       SQLITE_LIMIT_LENGTH, -1);
  if (bytes > static_cast<std::uint64_t>(bytes_max)) {
    sqlite3_result_error_toobig(context);
    return;
  }
  auto* out = static_cast<char*>(sqlite3_malloc64(bytes + 1));
  if (out == nullptr) {
    sqlite3_result_error_nomem(context);
    return;
  }
  write_replaced(out, text, wanted, replacement);
  out[bytes] = 0;
  sqlite3_result_text64(context, out, bytes, sqlite3_free, SQLITE_UTF8);
}

enum side : std::uint8_t { left = 1, right = 2, both = 3 };

/// The characters that are trimmed. Reads them anew for each one of the text,
/// but for those of ASCII, and looks at the clock meanwhile.
class trimmed_characters {
public:
  explicit trimmed_characters(std::string_view set) noexcept
      // SQLite's own ends at a NUL.
      : set_{set.substr(0, set.find('\0'))},
        is_ascii_{std::ranges::none_of(set_, [](char c) {
          return static_cast<unsigned char>(c) > 0x7f;
        })} {
    if (is_ascii_)
      for (const auto c : set_)
        ascii_[static_cast<unsigned char>(c)] = true;
  }

  /// How many bytes the character takes that stands at the text's end; 0: it
  /// is none of these.
  std::size_t at_end(std::string_view text, side which) noexcept {
    if (is_ascii_) {
      const auto c = which == left ? text.front() : text.back();
      return ascii_[static_cast<unsigned char>(c)] ? 1 : 0;
    }
    for (auto at = std::size_t{0}; at < set_.size();) {
      auto bytes = std::size_t{1};
      if (static_cast<unsigned char>(set_[at]) >= 0xc0)
        while (at + bytes < set_.size() && is_continuation(set_[at + bytes]))
          ++bytes;
      const auto one = set_.substr(at, bytes);
      if (which == left ? text.starts_with(one) : text.ends_with(one))
        return bytes;
      at += bytes;
      if (++comparisons_ % comparisons_per_look == 0
          && request_bounds::is_deadline_past()) {
        is_interrupted_ = true;
        return 0;
      }
    }
    return 0;
  }

  [[nodiscard]] bool is_interrupted() const noexcept {
    return is_interrupted_;
  }

private:
  std::string_view set_;
  bool is_ascii_;
  std::array<bool, 256> ascii_{};
  std::uint32_t comparisons_ = 0;
  bool is_interrupted_ = false;
};

template <side Sides>
void trim(sqlite3_context* context, int count,
          sqlite3_value** values) noexcept {
  auto text = text_of(values[0]);
  const auto set = count > 1 ? text_of(values[1]) : std::string_view{" "};
  if (text.data() == nullptr || set.data() == nullptr)
    return;
  auto characters = trimmed_characters{set};
  auto bytes = std::size_t{0};
  while ((Sides & left) != 0 && !text.empty()
         && (bytes = characters.at_end(text, left)) > 0)
    text.remove_prefix(bytes);
  while ((Sides & right) != 0 && !text.empty()
         && (bytes = characters.at_end(text, right)) > 0)
    text.remove_suffix(bytes);
  if (characters.is_interrupted()) {
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    return;
  }
  return_part(context, text);
}

struct definition {
  const char* name;
  int arguments;
  void (*call)(sqlite3_context*, int, sqlite3_value**) noexcept;
};

constexpr auto definitions = std::to_array<definition>({
    {"instr", 2, instr},
    {"replace", 3, replace},
    {"trim", 1, trim<both>},
    {"trim", 2, trim<both>},
    {"ltrim", 1, trim<left>},
    {"ltrim", 2, trim<left>},
    {"rtrim", 1, trim<right>},
    {"rtrim", 2, trim<right>},
});

} // namespace

int register_text_functions(sqlite3* db) noexcept {
  // As SQLite's own, so that they can stand in indexes and generated columns.
  constexpr auto traits = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  for (const auto& [name, arguments, call] : definitions)
    if (const auto done
        = sqlite3_create_function_v2(db, name, arguments, traits, nullptr, call,
                                     nullptr, nullptr, nullptr);
        done != SQLITE_OK)
      return done;
  return SQLITE_OK;
}

} // namespace sluice::storage
