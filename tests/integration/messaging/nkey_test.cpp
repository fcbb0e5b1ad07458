#include "messaging/nkey.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

namespace sluice::tests {

namespace {

using messaging::public_key_of;

/// From the documentation of NATS.
constexpr auto seed
    = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
constexpr auto public_key
    = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

} // namespace

TEST_CASE("the public key of a seed is the one that is known") {
  CHECK(must(public_key_of(seed)) == public_key);
}

TEST_CASE("seeds of every kind have public keys of that kind") {
  // The first key of RFC 8032, section 7.1.
  CHECK(must(public_key_of(
            "SUAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YALCA"))
        == "UDLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRUVAL");
  CHECK(must(public_key_of(
            "SAAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YHY3Q"))
        == "ADLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRVRTU");
  CHECK(must(public_key_of(
            "SOAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YFUVY"))
        == "ODLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRVH7S");
}

TEST_CASE("what is no seed is refused without being told to the log") {
  auto flipped = std::string{seed};
  flipped[20] = flipped[20] == 'A' ? 'B' : 'A';
  const auto text = std::string{seed};
  for (const auto& wrong :
       {std::string{}, std::string{"SU"}, text.substr(1), text + "A",
        std::string{public_key}, flipped, "P" + text.substr(1),
        "1" + text.substr(1), std::string(58, 'S')}) {
    CAPTURE(wrong);
    const auto got = public_key_of(wrong);
    REQUIRE(!got.has_value());
    CHECK((wrong.size() < 10 || !got.error().message.contains(wrong)));
  }
}

TEST_CASE("a file may hold a seed among other lines") {
  const auto directory = temporary_directory{};
  const auto file = (directory.path() / "seed").string();
  const auto key_in = [&file](const std::string& content) {
    std::ofstream{file, std::ios::trunc} << content;
    return messaging::read_public_key(file);
  };
  CHECK(must(key_in(seed)) == public_key);
  CHECK(must(key_in(std::string{seed} + "\r\n")) == public_key);
  CHECK(must(key_in("-----BEGIN USER NKEY SEED-----\n" + std::string{seed}
                    + "\n------END USER NKEY SEED------\n"))
        == public_key);
  for (const auto& content :
       {std::string{}, std::string{public_key}, std::string(58, 'S')}) {
    const auto got = key_in(content);
    REQUIRE(!got.has_value());
    CHECK(got.error().message.contains("nats.nkey_seed_file"));
    CHECK(got.error().message.contains(file));
  }
  CHECK(!messaging::read_public_key("/nowhere/seed").has_value());
}

} // namespace sluice::tests
