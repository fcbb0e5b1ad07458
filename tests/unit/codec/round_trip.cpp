#include "codec/json_writer.hpp"
#include "codec/query_request.hpp"
#include "codec/utf8.hpp"

#include <catch2/catch_test_macros.hpp>

#include <bit>
#include <cmath>
#include <random>

namespace sluice::codec {

namespace {

/// Values of every kind, with the odd ones more often than chance has them.
/// The seed is fixed, so that a failure comes again.
class value_source {
public:
  value next() {
    switch (below(6)) {
    case 0:
      return {};
    case 1:
      return static_cast<std::int64_t>(bits() >> below(64));
    case 2:
      return -static_cast<std::int64_t>(bits() >> (1 + below(63)));
    case 3:
      return real();
    case 4:
      return text();
    default:
      return bytes();
    }
  }

  std::string text() {
    auto result = std::string{};
    for (auto left = below(40); left > 0; --left)
      append_character(result);
    return result;
  }

  /// Bytes that are hardly ever UTF-8.
  std::string noise() {
    auto result = std::string(below(40), '\0');
    for (auto& c : result)
      c = static_cast<char>(below(3) == 0 ? below(256) : 0x20 + below(96));
    return result;
  }

  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(bits() % bound);
  }

private:
  std::uint64_t bits() {
    return random_();
  }

  double real() {
    const auto any = std::bit_cast<double>(bits());
    const auto plain = static_cast<double>(below(100'000)) / 8;
    const auto x = below(2) == 0 ? any : plain;
    return std::isfinite(x) ? x : -0.0;
  }

  blob bytes() {
    auto result = blob{};
    for (auto left = below(40); left > 0; --left)
      result.bytes.push_back(static_cast<std::byte>(below(256)));
    return result;
  }

  void append_character(std::string& out) {
    static constexpr std::string_view characters[]
        = {"a",           "\"", "\\",       "\n",           "\x01",
           "\x7f",        "/",  "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
           "\xef\xbf\xbd"};
    const auto picked = below(std::size(characters) + 1);
    if (picked == std::size(characters))
      out += '\0';
    else
      out += characters[picked];
  }

  std::mt19937_64 random_{20'261'124};
};

struct value_printer {
  json_writer& out;
  void operator()(std::monostate) const {
    out.null();
  }
  void operator()(std::int64_t x) const {
    out.integer(x);
  }
  void operator()(double x) const {
    out.real(x);
  }
  void operator()(const std::string& x) const {
    out.text(x);
  }
  void operator()(const blob& x) const {
    out.bytes(x.bytes);
  }
};

void write(json_writer& out, const value& x) {
  std::visit(value_printer{out}, x);
}

/// As `==`, and -0.0 differs from 0.0.
bool is_same(const value& left, const value& right) {
  if (left != right)
    return false;
  const auto* real = std::get_if<double>(&left);
  return real == nullptr
         || std::signbit(*real) == std::signbit(std::get<double>(right));
}

} // namespace

TEST_CASE("values that go out as JSON come back equal", "[codec][round_trip]") {
  auto source = value_source{};
  auto decoder = request_decoder{};
  auto out = json_writer{};
  for (auto round = 0; round < 5'000; ++round) {
    auto sent = query{source.text(), positional_parameters{}};
    auto& params = std::get<positional_parameters>(sent.params);
    for (auto left = source.below(12); left > 0; --left)
      params.push_back(source.next());
    out.clear();
    out.begin_object();
    out.key("sql");
    out.text(sent.sql);
    out.key("params");
    out.begin_array();
    for (const auto& x : params)
      write(out, x);
    out.end_array();
    out.end_object();
    CAPTURE(out.view());
    const auto read = decoder.decode_query(out.view(), {});
    REQUIRE(read);
    REQUIRE(read->queries.size() == 1);
    REQUIRE(read->queries[0].sql == sent.sql);
    const auto& came = std::get<positional_parameters>(read->queries[0].params);
    REQUIRE(std::ranges::equal(came, params, is_same));
  }
}

TEST_CASE("names and values of fields come back equal", "[codec][round_trip]") {
  auto source = value_source{};
  auto decoder = request_decoder{};
  auto out = json_writer{};
  for (auto round = 0; round < 2'000; ++round) {
    auto sent = named_parameters{};
    for (auto left = source.below(12); left > 0; --left)
      sent.emplace_back(source.text() + std::to_string(left), source.next());
    out.clear();
    out.begin_object();
    for (const auto& [name, x] : sent) {
      out.key(name);
      write(out, x);
    }
    out.end_object();
    CAPTURE(out.view());
    const auto read = decoder.decode_fields(out.view(), {});
    REQUIRE(read);
    REQUIRE(*read == sent);
  }
}

TEST_CASE("text that is not UTF-8 comes back mended", "[codec][round_trip]") {
  auto source = value_source{};
  auto decoder = request_decoder{};
  auto out = json_writer{};
  for (auto round = 0; round < 5'000; ++round) {
    const auto sent = source.noise();
    out.clear();
    out.begin_object();
    out.key("x");
    out.text(sent);
    out.end_object();
    const auto read = decoder.decode_fields(out.view(), {});
    REQUIRE(read);
    REQUIRE(std::get<std::string>(read->at(0).second)
            == replace_invalid_utf8(sent));
  }
}

TEST_CASE("a request with any byte replaced is decoded or refused, no more",
          "[codec][round_trip]") {
  auto source = value_source{};
  auto decoder = request_decoder{};
  const auto good = std::string{
      R"({"queries":[{"sql":"a\u00e4","params":[1,-2.5e3,"t",null,[1,2],)"
      R"({"base64":"AQ=="}]},{"sql":"b","params":{"x":true}}],)"
      R"("results_format":"NONE"})"};
  auto refused = 0;
  for (auto round = 0; round < 50'000; ++round) {
    auto body = good;
    for (auto left = 1 + source.below(3); left > 0; --left)
      body[source.below(body.size())] = static_cast<char>(source.below(256));
    const auto read = decoder.decode_query(body, {});
    if (read)
      continue;
    ++refused;
    REQUIRE(read.error().code == error_code::bad_request);
    REQUIRE_FALSE(read.error().message.empty());
  }
  CHECK(refused > 40'000);
}

} // namespace sluice::codec
