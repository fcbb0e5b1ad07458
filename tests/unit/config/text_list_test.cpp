#include "config/text_list.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::config {

TEST_CASE("a list has the entries between its commas, without spaces") {
  using entries = std::vector<std::string>;
  CHECK(split_list("").empty());
  CHECK(split_list(" , ,,").empty());
  CHECK(split_list("a") == entries{"a"});
  CHECK(split_list(" a , b c,\td\n") == entries{"a", "b c", "d"});
}

} // namespace sluice::config
