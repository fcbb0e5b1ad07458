#include "codec/json_writer.hpp"

#include "codec/utf8.hpp"

#include <rapidjson/writer.h>

#include <array>
#include <charconv>
#include <cmath>

namespace sluice::codec {

namespace {

/// RapidJSON writes into the string that callers get.
struct string_stream {
  using Ch = char;
  std::string text;
  void Put(char c) {
    text.push_back(c);
  }
  void Flush() {
    // nop
  }
};

rapidjson::SizeType json_size(std::size_t size) noexcept {
  return static_cast<rapidjson::SizeType>(size);
}

/// "0".."255", the numbers of a BLOB's bytes.
struct byte_texts {
  std::array<std::string, 256> texts;
  byte_texts() {
    for (auto i = std::size_t{0}; i < texts.size(); ++i)
      texts[i] = std::to_string(i);
  }
};

const byte_texts& all_byte_texts() {
  static const auto texts = byte_texts{};
  return texts;
}

} // namespace

struct json_writer::impl {
  string_stream stream;
  rapidjson::Writer<string_stream, rapidjson::UTF8<>, rapidjson::UTF8<>,
                    rapidjson::CrtAllocator>
    writer{stream};
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
  impl_->writer.Int64(x);
}

void json_writer::unsigned_integer(std::uint64_t x) {
  impl_->writer.Uint64(x);
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
  if (is_utf8(x)) {
    impl_->writer.String(x.data(), json_size(x.size()));
    return;
  }
  const auto mended = replace_invalid_utf8(x);
  impl_->writer.String(mended.data(), json_size(mended.size()));
}

void json_writer::bytes(std::span<const std::byte> x) {
  const auto& texts = all_byte_texts().texts;
  auto json = std::string{"["};
  json.reserve(x.size() * 4 + 2);
  for (const auto byte : x) {
    if (json.size() > 1)
      json += ',';
    json += texts[std::to_integer<std::size_t>(byte)];
  }
  json += ']';
  raw(json);
}

void json_writer::raw(std::string_view json) {
  // The type matters to RapidJSON's own checks alone.
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kStringType);
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
