#include "codec/base64.hpp"
#include "codec/query_request.hpp"
#include "codec/utf8.hpp"
#include "storage/connection.hpp"
#include "storage/executor.hpp"
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/fuzz/json_text.hpp"
#include "tests/fuzz/target.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <memory>
#include <set>

/// Parameters, from JSON through SQLite to JSON. What begins like JSON is the
/// text of "params"; anything else is taken for values.
namespace sluice::fuzz {

namespace {

using codec::value;
using element = simdjson::dom::element;

constexpr auto parameters_max = std::size_t{12};
constexpr auto value_bytes_max = std::size_t{200};

/// The first byte that makes an input values, and the second that makes it
/// one text.
constexpr auto text_mark = '#';

/// A text as it has to come back; another implementation of the Unicode
/// Standard's "substitution of maximal subparts" (section 3.9): what may stand
/// behind what stands in table 3-7.
std::string mend(std::string_view text) {
  struct row {
    unsigned char first_min, first_max, second_min, second_max;
    std::size_t size;
  };
  constexpr auto table = std::array{
      row{0x00, 0x7f, 0, 0, 1},       row{0xc2, 0xdf, 0x80, 0xbf, 2},
      row{0xe0, 0xe0, 0xa0, 0xbf, 3}, row{0xe1, 0xec, 0x80, 0xbf, 3},
      row{0xed, 0xed, 0x80, 0x9f, 3}, row{0xee, 0xef, 0x80, 0xbf, 3},
      row{0xf0, 0xf0, 0x90, 0xbf, 4}, row{0xf1, 0xf3, 0x80, 0xbf, 4},
      row{0xf4, 0xf4, 0x80, 0x8f, 4}};
  auto result = std::string{};
  while (!text.empty()) {
    const auto at = [text](std::size_t i) {
      return static_cast<unsigned char>(text[i]);
    };
    const auto found = std::ranges::find_if(table, [&at](const row& x) {
      return at(0) >= x.first_min && at(0) <= x.first_max;
    });
    auto good = std::size_t{found == table.end() ? 0u : 1u};
    while (good > 0 && good < found->size && good < text.size()
           && at(good) >= (good == 1 ? found->second_min : 0x80)
           && at(good) <= (good == 1 ? found->second_max : 0xbf))
      ++good;
    if (good > 0 && good == found->size)
      result += text.substr(0, good);
    else
      result += "\xef\xbf\xbd";
    text.remove_prefix(std::max<std::size_t>(good, 1));
  }
  return result;
}

/// What must have come back for what was bound.
struct comparison {
  element came;
  void operator()(std::monostate) const {
    expect(came.is_null(), "NULL comes back as null");
  }
  void operator()(std::int64_t x) const {
    auto back = std::int64_t{0};
    expect(came.is_int64() && came.get_int64().get(back) == simdjson::SUCCESS
               && back == x,
           "an INTEGER comes back with all its digits");
  }
  void operator()(double x) const {
    if (!std::isfinite(x)) {
      expect(came.is_null(), "what JSON has no number for comes back as null");
      return;
    }
    auto back = 0.0;
    expect(came.is_double() && came.get_double().get(back) == simdjson::SUCCESS
               && std::bit_cast<std::uint64_t>(back)
                      == std::bit_cast<std::uint64_t>(x),
           "a REAL comes back equal, and as a REAL");
  }
  void operator()(const std::string& x) const {
    auto back = std::string_view{};
    expect(came.get_string().get(back) == simdjson::SUCCESS && back == mend(x),
           "a TEXT comes back, with U+FFFD for what is no UTF-8", back);
  }
  void operator()(const codec::blob& x) const {
    auto back = simdjson::dom::array{};
    expect(came.get_array().get(back) == simdjson::SUCCESS
               && back.size() == x.bytes.size(),
           "a BLOB comes back as an array of its length");
    auto i = std::size_t{0};
    for (const auto byte : back)
      expect(byte.get_uint64().value_unsafe()
                 == std::to_integer<std::uint64_t>(x.bytes[i++]),
             "a BLOB comes back byte by byte");
  }
};

/// No number between the two has fewer digits: the text that the shortest
/// round trip makes of it is what stands there.
void expect_shortest(double x, std::string_view reply) {
  if (!std::isfinite(x))
    return;
  auto text = std::array<char, 40>{};
  const auto* end
      = std::to_chars(text.data(), text.data() + text.size(), x).ptr;
  expect(reply.contains(std::string_view{text.data(), end}),
         "a REAL is written in its shortest form", reply);
}

const std::unique_ptr<storage::connection>& reader() {
  static const auto opened = [] {
    auto options = storage::connection_options{};
    options.limits.row_bytes_max = std::uint64_t{1} << 20;
    options.creates = true;
    auto made = storage::connection::open(":memory:", options);
    expect(made.has_value(), "there is a database");
    return std::move(*made);
  }();
  return opened;
}

/// Runs the statement and gives the values of its one row, which live until
/// the next call.
simdjson::dom::array run(const codec::query_request& request,
                         std::string& reply_out) {
  static auto executor = storage::executor{*reader(), "fuzz"};
  static auto parser = simdjson::dom::parser{};
  auto out = codec::json_writer{};
  const auto done = executor.run_query(request, {}, out);
  expect(done.has_value(), "parameters are bound",
         [&done] { return done.error().message; });
  reply_out = out.take();
  auto row = simdjson::dom::array{};
  expect(
      parser.parse(reply_out).at_pointer("/results/rows/0").get_array().get(row)
          == simdjson::SUCCESS,
      "there is a row", reply_out);
  return row;
}

void check_positional(const codec::positional_parameters& params) {
  if (params.empty())
    return;
  auto request = codec::query_request{};
  request.format = codec::results_format::rows_and_columns;
  auto& query = request.queries.emplace_back();
  query.params = params;
  for (auto i = std::size_t{1}; i <= params.size(); ++i)
    query.sql += (i == 1 ? "SELECT ?" : ", ?") + std::to_string(i);
  auto reply = std::string{};
  const auto row = run(request, reply);
  expect(row.size() == params.size(), "there is a column for each parameter");
  auto next = params.begin();
  for (const auto came : row) {
    std::visit(comparison{came}, *next);
    if (const auto* real = std::get_if<double>(&*next))
      expect_shortest(*real, reply);
    ++next;
  }
}

bool is_identifier(std::string_view name) noexcept {
  constexpr auto letters = std::string_view{
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"};
  return !name.empty() && letters.contains(name.front())
         && std::ranges::all_of(name, [letters](char c) {
              return letters.contains(c) || (c >= '0' && c <= '9');
            });
}

void check_named(const codec::named_parameters& params) {
  constexpr auto prefixes = std::string_view{":@$"};
  auto request = codec::query_request{};
  request.format = codec::results_format::rows_and_columns;
  auto& query = request.queries.emplace_back();
  auto bare_names = std::set<std::string_view>{};
  for (const auto& [name, x] : params) {
    const auto has_prefix = !name.empty() && prefixes.contains(name.front());
    const auto bare = std::string_view{name}.substr(has_prefix ? 1 : 0);
    // A name of SQL, and one that stands for one parameter only.
    if (!is_identifier(bare) || !bare_names.insert(bare).second)
      return;
    query.sql += query.sql.empty() ? "SELECT " : ", ";
    query.sql += has_prefix ? name : ":" + name;
  }
  if (params.empty())
    return;
  query.params = params;
  auto reply = std::string{};
  const auto row = run(request, reply);
  auto next = params.begin();
  for (const auto came : row)
    std::visit(comparison{came}, (next++)->second);
}

void check_json(std::string_view params) {
  static auto decoder = codec::request_decoder{};
  const auto limits = codec::decode_limits{.parameters_max = parameters_max,
                                           .value_bytes_max = value_bytes_max};
  const auto request = decoder.decode_query(
      R"({"sql":"","params":)" + std::string{params} + "}", limits);
  if (!request) {
    expect_refusal(request.error());
    return;
  }
  const auto& decoded = request->queries.front().params;
  if (const auto* named = std::get_if<codec::named_parameters>(&decoded))
    check_named(*named);
  else
    check_positional(std::get<codec::positional_parameters>(decoded));
}

/// What SQLite and JSON make of a value that is sent to them.
value as_sent(const value& x) {
  if (const auto* text = std::get_if<std::string>(&x))
    return mend(*text);
  if (const auto* real = std::get_if<double>(&x);
      real != nullptr && !std::isfinite(*real))
    return {};
  return x;
}

/// Values that are written as JSON are decoded to themselves; a BLOB in both of
/// its forms.
void check_decoding(const codec::positional_parameters& values) {
  static auto decoder = codec::request_decoder{};
  for (const auto is_base64 : {false, true}) {
    auto out = codec::json_writer{};
    out.begin_object();
    out.key("sql");
    out.text("");
    out.key("params");
    out.begin_array();
    for (const auto& x : values) {
      const auto* bytes = std::get_if<codec::blob>(&x);
      if (!is_base64 || bytes == nullptr) {
        write_value(out, x);
        continue;
      }
      out.begin_object();
      out.key("base64");
      out.text(codec::base64_encode(bytes->bytes));
      out.end_object();
    }
    out.end_array();
    out.end_object();
    const auto back = decoder.decode_query(out.view(), {});
    expect(back.has_value(), "what is written is decoded", out.view());
    const auto& came
        = std::get<codec::positional_parameters>(back->queries.front().params);
    expect(std::ranges::equal(came, values, {}, {}, as_sent),
           "values come back from JSON", out.view());
  }
}

/// The decoders that take a text.
void check_text(std::string_view text) {
  const auto mended = mend(text);
  expect(codec::replace_invalid_utf8(text) == mended,
         "each maximal part of what is ill-formed is replaced");
  expect(codec::is_utf8(text) == (mended == text),
         "UTF-8 is what needs no mending");
  const auto bytes = codec::base64_decode(text);
  if (!bytes)
    return;
  auto written = codec::base64_encode(*bytes);
  // The padding may be left out.
  while (!text.ends_with('=') && written.ends_with('='))
    written.pop_back();
  expect(written == text, "Base64 that is decoded is the one way to write it",
         text);
}

} // namespace

bool run_input(std::string_view input) {
  if (input.starts_with('[') || input.starts_with('{')) {
    check_json(input);
    return true;
  }
  if (input.starts_with(text_mark)) {
    check_text(input.substr(1));
    return true;
  }
  auto source = byte_source{input};
  auto values = codec::positional_parameters{};
  while (!source.is_empty() && values.size() < parameters_max)
    values.push_back(source.value(value_bytes_max));
  check_decoding(values);
  check_positional(values);
  return true;
}

} // namespace sluice::fuzz
