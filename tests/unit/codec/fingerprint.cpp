#include "codec/fingerprint.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

using codec::fingerprint;

TEST_CASE("a fingerprint depends on nothing but the parts") {
  CHECK(fingerprint({"db_query", "{}"}) == fingerprint({"db_query", "{}"}));
  CHECK(fingerprint({"a"}).bytes.size() == 16);
}

TEST_CASE("other parts have another fingerprint, also where their joint text "
          "is the same") {
  CHECK(fingerprint({"ab", "c"}) != fingerprint({"a", "bc"}));
  CHECK(fingerprint({"ab"}) != fingerprint({"ab", ""}));
  CHECK(fingerprint({"ab", "c"}) != fingerprint({"ab", "d"}));
}

} // namespace sluice::tests
