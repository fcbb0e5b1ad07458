#include "codec/base64.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>

namespace sluice::codec {

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  auto result = std::vector<std::byte>{};
  for (const auto c : text)
    result.push_back(static_cast<std::byte>(c));
  return result;
}

} // namespace

TEST_CASE("base64_encode pads as RFC 4648 shows", "[codec][base64]") {
  CHECK(base64_encode({}).empty());
  CHECK(base64_encode(bytes_of("f")) == "Zg==");
  CHECK(base64_encode(bytes_of("fo")) == "Zm8=");
  CHECK(base64_encode(bytes_of("foo")) == "Zm9v");
  CHECK(base64_encode(bytes_of("foobar")) == "Zm9vYmFy");
  CHECK(base64_encode(bytes_of("\xfb\xff\xfe")) == "+//+");
}

TEST_CASE("base64_decode takes text with and without padding",
          "[codec][base64]") {
  CHECK(base64_decode("") == bytes_of(""));
  CHECK(base64_decode("Zg==") == bytes_of("f"));
  CHECK(base64_decode("Zg") == bytes_of("f"));
  CHECK(base64_decode("Zm8=") == bytes_of("fo"));
  CHECK(base64_decode("Zm8") == bytes_of("fo"));
  CHECK(base64_decode("Zm9vYmFy") == bytes_of("foobar"));
  CHECK(base64_decode("+//+") == bytes_of("\xfb\xff\xfe"));
}

TEST_CASE("base64_decode refuses what is not Base64", "[codec][base64]") {
  for (const auto* text :
       {"Z", "Zg=", "Zg===", "=", "==", "====", "Zm9v=", "Zm9v Zm9v", " Zm9v",
        "Zm9v\n", "Zm9v\r\nZm9v", "Zm\t9v", "Zm9!", "-__-",
        "Zg==Zg==", "Z=g=", "Zh==", "Zm9=", "Zm\xc3\xa4"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text).has_value());
  }
}

TEST_CASE("base64_decode refuses text with a NUL in it", "[codec][base64]") {
  CHECK_FALSE(base64_decode(std::string_view{"Zm9v\0m9v", 8}).has_value());
}

TEST_CASE("every byte in every position survives Base64", "[codec][base64]") {
  for (auto length = std::size_t{1}; length <= 6; ++length)
    for (auto byte = 0u; byte < 256; ++byte) {
      auto in = std::vector<std::byte>(length, std::byte{0x5a});
      in[byte % length] = static_cast<std::byte>(byte);
      const auto padded = base64_encode(in);
      REQUIRE(base64_decode(padded) == in);
      const auto bare = padded.substr(0, padded.find('='));
      REQUIRE(base64_decode(bare) == in);
    }
}

TEST_CASE("base64_decode refuses every byte outside the alphabet",
          "[codec][base64]") {
  constexpr auto alphabet = std::string_view{
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
  for (auto code = 0; code < 256; ++code) {
    const auto c = static_cast<char>(code);
    for (auto at = std::size_t{0}; at < 8; ++at) {
      auto text = std::string{"AAAAAAAA"};
      text[at] = c;
      // Padding has its place at the end alone, and is tested above.
      if (c == '=' && at == 7)
        continue;
      CAPTURE(code, at);
      REQUIRE(base64_decode(text).has_value() == alphabet.contains(c));
    }
  }
}

} // namespace sluice::codec
