#include "codec/json_writer.hpp"

#include "codec/utf8.hpp"

#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace sluice::codec {

namespace {

/// RapidJSON writes into the string that callers get.
struct string_stream {
  using Ch = char;
  std::string text;
  // The names are RapidJSON's.
  // NOLINTBEGIN(readability-identifier-naming)
  void Put(char c) {
    text.push_back(c);
  }
  void Flush() {
    // nop
  }
  // NOLINTEND(readability-identifier-naming)
};

using rapidjson_writer
    = rapidjson::Writer<string_stream, rapidjson::UTF8<>, rapidjson::UTF8<>,
                        rapidjson::CrtAllocator>;

/// RapidJSON keeps the structure: commas, colons and what is open. Values are
/// appended whole, because it would put them one character at a time.
class value_writer : public rapidjson_writer {
public:
  using rapidjson_writer::rapidjson_writer;

  /// Writes what must stand before a value, and returns where it goes.
  std::string& begin_value() {
    // A string is what RapidJSON's own checks allow in every place.
    Prefix(rapidjson::kStringType);
    return os_->text;
  }
};

/// A byte of a BLOB in decimal, and the comma behind it.
struct byte_text {
  std::array<char, 4> characters{};
  std::uint8_t size = 0;
};

constexpr auto byte_texts = [] {
  auto all = std::array<byte_text, 256>{};
  for (auto i = 0u; i < all.size(); ++i) {
    auto& [characters, size] = all[i];
    if (i >= 100)
      characters[size++] = static_cast<char>('0' + i / 100);
    if (i >= 10)
      characters[size++] = static_cast<char>('0' + i / 10 % 10);
    characters[size++] = static_cast<char>('0' + i % 10);
    characters[size++] = ',';
  }
  return all;
}();

constexpr bool is_plain(char c) noexcept {
  const auto code = static_cast<unsigned char>(c);
  return code >= ' ' && code < 0x80 && c != '"' && c != '\\';
}

/// Whether all of `text` is ASCII that stands for itself in JSON. Eight bytes
/// at a time, without branches in between: most texts are, and are short.
bool is_plain(std::string_view text) noexcept {
  constexpr auto ones = std::uint64_t{0x0101010101010101};
  constexpr auto tops = ones * 0x80;
  const auto zeros = [](std::uint64_t x) {
    return (x - ones) & ~x;
  };
  auto odd = std::uint64_t{0};
  auto at = std::size_t{0};
  for (; at + 8 <= text.size() && (odd & tops) == 0; at += 8) {
    auto word = std::uint64_t{0};
    std::memcpy(&word, text.data() + at, sizeof word);
    // Tops: not ASCII, below a blank, a quote, a backslash.
    odd = word | (word - ones * ' ') | zeros(word ^ ones * '"')
          | zeros(word ^ ones * '\\');
  }
  return (odd & tops) == 0 && std::ranges::all_of(text.substr(at), [](char c) {
           return is_plain(c);
         });
}

void append_escaped(std::string& out, char c) {
  constexpr auto hex_digits = std::string_view{"0123456789ABCDEF"};
  // The letter at the place of its control character; blank: none.
  constexpr auto letters = std::string_view{"        btn fr"};
  const auto code = static_cast<unsigned char>(c);
  out += '\\';
  if (c == '"' || c == '\\') {
    out += c;
  } else if (code < letters.size() && letters[code] != ' ') {
    out += letters[code];
  } else {
    out += "u00";
    out += hex_digits[code >> 4u];
    out += hex_digits[code & 0xfu];
  }
}

/// @param text valid UTF-8.
void append_escaped(std::string& out, std::string_view text) {
  auto begin = std::size_t{0};
  for (auto i = std::size_t{0}; i < text.size(); ++i) {
    const auto code = static_cast<unsigned char>(text[i]);
    if (code >= ' ' && code != '"' && code != '\\')
      continue;
    out.append(text, begin, i - begin);
    append_escaped(out, text[i]);
    begin = i + 1;
  }
  out.append(text, begin);
}

} // namespace

struct json_writer::impl {
  string_stream stream;
  value_writer writer{stream};

  template <class Integer>
  void write_integer(Integer x) {
    auto text = std::array<char, 24>{};
    const auto* end
        = std::to_chars(text.data(), text.data() + text.size(), x).ptr;
    writer.begin_value() += std::string_view{text.data(), end};
  }
};

json_writer::json_writer() : impl_{std::make_unique<impl>()} {
  // nop
}

json_writer::~json_writer() = default;
json_writer::json_writer(json_writer&&) noexcept = default;
json_writer& json_writer::operator=(json_writer&&) noexcept = default;

void json_writer::begin_object() {
  impl_->writer.StartObject();
}

void json_writer::end_object() {
  impl_->writer.EndObject();
}

void json_writer::begin_array() {
  impl_->writer.StartArray();
}

void json_writer::end_array() {
  impl_->writer.EndArray();
}

void json_writer::key(std::string_view name) {
  text(name);
}

void json_writer::null() {
  impl_->writer.Null();
}

void json_writer::boolean(bool x) {
  impl_->writer.Bool(x);
}

void json_writer::integer(std::int64_t x) {
  impl_->write_integer(x);
}

void json_writer::unsigned_integer(std::uint64_t x) {
  impl_->write_integer(x);
}

void json_writer::real(double x) {
  if (!std::isfinite(x)) {
    null();
    return;
  }
  auto text = std::array<char, 40>{};
  auto* end = std::to_chars(text.data(), text.data() + text.size() - 2, x).ptr;
  const auto written = std::string_view{text.data(), end};
  // It would read back as an INTEGER.
  if (written.find_first_of(".e") == std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  raw({text.data(), end});
}

void json_writer::text(std::string_view x) {
  auto& out = impl_->writer.begin_value();
  out += '"';
  if (is_plain(x))
    out += x;
  else if (is_utf8(x))
    append_escaped(out, x);
  else
    append_escaped(out, replace_invalid_utf8(x));
  out += '"';
}

void json_writer::bytes(std::span<const std::byte> x) {
  auto& out = impl_->writer.begin_value();
  const auto start = out.size();
  // Room for the longest texts, of which what is not used is given back.
  const auto size_max = start + 2 + 4 * x.size();
  out.resize_and_overwrite(size_max, [x, start](char* text, std::size_t) {
    auto* at = text + start;
    *at++ = '[';
    for (const auto byte : x) {
      const auto& [characters, size]
          = byte_texts[std::to_integer<std::size_t>(byte)];
      std::memcpy(at, characters.data(), characters.size());
      at += size;
    }
    // In the place of the last comma.
    at -= x.empty() ? 0 : 1;
    *at++ = ']';
    return static_cast<std::size_t>(at - text);
  });
}

void json_writer::raw(std::string_view json) {
  impl_->writer.begin_value() += json;
}

void json_writer::raw_key(std::string_view quoted_name) {
  raw(quoted_name);
}

std::size_t json_writer::size() const noexcept {
  return impl_->stream.text.size();
}

std::string_view json_writer::view() const noexcept {
  return impl_->stream.text;
}

void json_writer::clear() noexcept {
  impl_->stream.text.clear();
  impl_->writer.Reset(impl_->stream);
}

std::string json_writer::take() {
  auto result = std::string{view()};
  clear();
  return result;
}

std::string quoted(std::string_view name) {
  auto out = json_writer{};
  out.text(name);
  return out.take();
}

} // namespace sluice::codec
