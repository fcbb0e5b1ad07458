#include "storage/format_function.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

namespace sluice::storage {

namespace {

constexpr auto int_max = std::numeric_limits<int>::max();

/// More digits than any double has: what is beyond are zeros.
constexpr auto real_digits_max = 1'100;

/// `%` with all that stands up to the letter of the conversion.
struct conversion {
  bool left = false;
  bool alternate = false;
  bool by_characters = false;
  bool zeros = false;
  bool thousands = false;
  char sign = 0;
  int width = 0;
  int precision = -1;
  char letter = 0;
};

/// The arguments behind the format; missing ones are NULL.
class arguments {
public:
  explicit arguments(std::span<sqlite3_value*> values) noexcept
      : values_{values} {
    // nop
  }
  std::int64_t integer() noexcept {
    auto* value = next();
    return value != nullptr ? sqlite3_value_int64(value) : 0;
  }
  double real() noexcept {
    auto* value = next();
    return value != nullptr ? sqlite3_value_double(value) : 0.0;
  }
  const char* text() noexcept {
    auto* value = next();
    return value != nullptr
               ? reinterpret_cast<const char*>(sqlite3_value_text(value))
               : nullptr;
  }

private:
  sqlite3_value* next() noexcept {
    if (values_.empty())
      return nullptr;
    auto* result = values_.front();
    values_ = values_.subspan(1);
    return result;
  }
  std::span<sqlite3_value*> values_;
};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Reads digits as SQLite does: it drops what an int cannot hold.
int read_number(const char*& at) noexcept {
  auto number = 0u;
  for (; is_digit(*at); ++at)
    number = number * 10 + static_cast<unsigned>(*at - '0');
  return static_cast<int>(number & static_cast<unsigned>(int_max));
}

bool read_flag(conversion& out, char c) noexcept {
  switch (c) {
  case '-':
    out.left = true;
    return true;
  case '+':
  case ' ':
    out.sign = c;
    return true;
  case '#':
    out.alternate = true;
    return true;
  case '!':
    out.by_characters = true;
    return true;
  case '0':
    out.zeros = true;
    return true;
  case ',':
    out.thousands = true;
    return true;
  default:
    return false;
  }
}

void read_width(conversion& out, const char*& at, arguments& values) noexcept {
  if (*at != '*') {
    out.width = read_number(at);
    return;
  }
  ++at;
  out.width = static_cast<int>(values.integer());
  if (out.width >= 0)
    return;
  out.left = true;
  out.width = out.width >= -int_max ? -out.width : 0;
}

void read_precision(conversion& out, const char*& at,
                    arguments& values) noexcept {
  if (*at != '*') {
    out.precision = read_number(at);
    return;
  }
  ++at;
  out.precision = static_cast<int>(values.integer());
  if (out.precision < 0)
    out.precision = out.precision >= -int_max ? -out.precision : -1;
}

/// @param at behind the `%`; moves to the letter of the conversion.
conversion read_conversion(const char*& at, arguments& values) noexcept {
  auto result = conversion{};
  while (read_flag(result, *at))
    ++at;
  if (*at == '*' || is_digit(*at))
    read_width(result, at, values);
  if (*at == '.') {
    ++at;
    read_precision(result, at, values);
  }
  for (auto longs = 0; *at == 'l' && longs < 2; ++longs)
    ++at;
  result.letter = *at;
  return result;
}

/// The same for SQLite's functions of C.
class specification {
public:
  specification(const conversion& from, std::string_view length) noexcept {
    append('%');
    for (const auto& [wanted, flag] :
         {std::pair{from.left, '-'}, std::pair{from.alternate, '#'},
          std::pair{from.by_characters, '!'}, std::pair{from.zeros, '0'},
          std::pair{from.thousands, ','}, std::pair{from.sign != 0, from.sign}})
      if (wanted)
        append(flag);
    if (from.width > 0)
      append_number(from.width);
    if (from.precision >= 0) {
      append('.');
      append_number(from.precision);
    }
    for (const auto c : length)
      append(c);
    append(from.letter);
  }
  [[nodiscard]] const char* text() const noexcept {
    return text_.data();
  }

private:
  void append(char c) noexcept {
    text_[size_++] = c;
  }
  void append_number(int number) noexcept {
    sqlite3_snprintf(static_cast<int>(text_.size() - size_),
                     text_.data() + size_, "%d", number);
    size_ = std::string_view{text_.data()}.size();
  }
  // Flags, two numbers of ten digits, and some letters.
  std::array<char, 48> text_{};
  std::size_t size_ = 0;
};

constexpr auto nul = '\0';

/// The first character of a text in UTF-8; of none, a NUL that counts.
std::string_view first_character(const char* text) noexcept {
  if (text == nullptr)
    return {&nul, 1};
  auto bytes = std::size_t{1};
  if ((static_cast<unsigned char>(*text) & 0xc0U) == 0xc0U)
    while (bytes < 4
           && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U)
      ++bytes;
  return {text, bytes};
}

/// `%c` writes the first character of a text, as often as the precision says.
void append_character(sqlite3_str* out, const conversion& how,
                      const char* text) noexcept {
  const auto one = first_character(text);
  const auto count = std::max(how.precision, 1);
  const auto padding = std::max(how.width - count, 0);
  if (!how.left)
    sqlite3_str_appendchar(out, padding, ' ');
  if (one.size() == 1)
    sqlite3_str_appendchar(out, count, one.front());
  else
    for (auto i = 0; i < count && sqlite3_str_errcode(out) == SQLITE_OK; ++i)
      sqlite3_str_append(out, one.data(), static_cast<int>(one.size()));
  if (how.left)
    sqlite3_str_appendchar(out, padding, ' ');
}

/// Where zeros at the end are dropped, it is not worth writing them first.
conversion shortened(conversion how) noexcept {
  const auto is_generic = how.letter == 'g' || how.letter == 'G';
  if (how.by_characters || (is_generic && !how.alternate))
    how.precision = std::min(how.precision, real_digits_max);
  return how;
}

/// @return false where SQLite ends the text: it does not know the conversion.
bool append(sqlite3_str* out, const conversion& how,
            arguments& values) noexcept {
  switch (how.letter) {
  case 'd':
  case 'i':
  case 'u':
  case 'x':
  case 'X':
  case 'o':
  case 'p':
  case 'r':
    sqlite3_str_appendf(out, specification{how, "ll"}.text(), values.integer());
    return true;
  case 'f':
  case 'e':
  case 'E':
  case 'g':
  case 'G':
    sqlite3_str_appendf(out, specification{shortened(how), ""}.text(),
                        values.real());
    return true;
  case 's':
  case 'q':
  case 'Q':
  case 'w':
    sqlite3_str_appendf(out, specification{how, ""}.text(), values.text());
    return true;
  case 'z': {
    // SQLite's function would free the text.
    auto plain = how;
    plain.letter = 's';
    sqlite3_str_appendf(out, specification{plain, ""}.text(), values.text());
    return true;
  }
  case 'c':
    append_character(out, how, values.text());
    return true;
  case '%':
    sqlite3_str_appendf(out, specification{how, ""}.text());
    return true;
  case 'n':
    return true;
  default:
    return false;
  }
}

void append_all(sqlite3_str* out, const char* format, arguments values,
                int length_max) noexcept {
  for (const auto* at = format; *at != 0; ++at) {
    if (const auto plain = std::strcspn(at, "%"); plain > 0) {
      sqlite3_str_append(out, at, static_cast<int>(plain));
      at += plain - 1;
      continue;
    }
    ++at;
    if (*at == 0) {
      sqlite3_str_appendchar(out, 1, '%');
      return;
    }
    auto how = read_conversion(at, values);
    // A text that it cuts may be shorter than a precision says.
    const auto cuts = std::string_view{"szqQw"}.contains(how.letter);
    if (how.width > length_max || (how.precision > length_max && !cuts)) {
      // What it would lead to, had it been tried.
      sqlite3_str_appendchar(out, int_max, ' ');
      return;
    }
    if (*at == 0 || !append(out, how, values)
        || sqlite3_str_errcode(out) != SQLITE_OK)
      return;
  }
}

struct string_deleter {
  void operator()(sqlite3_str* text) const noexcept {
    sqlite3_free(sqlite3_str_finish(text));
  }
};

void format(sqlite3_context* context, int count,
            sqlite3_value** values) noexcept {
  if (count < 1)
    return;
  const auto* text
      = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  if (text == nullptr)
    return;
  auto* db = sqlite3_context_db_handle(context);
  auto out = std::unique_ptr<sqlite3_str, string_deleter>{sqlite3_str_new(db)};
  const auto rest = std::span{values, static_cast<std::size_t>(count)};
  append_all(out.get(), text, arguments{rest.subspan(1)},
             sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1));
  switch (sqlite3_str_errcode(out.get())) {
  case SQLITE_OK:
    break;
  case SQLITE_TOOBIG:
    sqlite3_result_error_toobig(context);
    return;
  default:
    sqlite3_result_error_nomem(context);
    return;
  }
  const auto bytes = sqlite3_str_length(out.get());
  auto* result = sqlite3_str_finish(out.release());
  // Of no text SQLite's own makes NULL, and so does this.
  sqlite3_result_text(context, result, bytes, sqlite3_free);
}

} // namespace

int register_format_function(sqlite3* db) noexcept {
  constexpr auto traits = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  for (const auto* name : {"printf", "format"})
    if (const auto done = sqlite3_create_function_v2(
            db, name, -1, traits, nullptr, format, nullptr, nullptr, nullptr);
        done != SQLITE_OK)
      return done;
  return SQLITE_OK;
}

} // namespace sluice::storage
