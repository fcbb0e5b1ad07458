#include "config/nearest.hpp"

#include <catch2/catch_test_macros.hpp>

#include <vector>

namespace sluice::config {

TEST_CASE("the nearest name is found, if one is near") {
  const auto names = std::vector<std::string>{"nats.url", "nats.user", "data",
                                              "limits.columns_max"};
  CHECK(nearest("nats.ulr", names) == "nats.url");
  CHECK(nearest("nats.usr", names) == "nats.user");
  CHECK(nearest("Data", names) == "data");
  CHECK(nearest("columns_max", names) == "limits.columns_max");
  CHECK(nearest("limits.column_max", names) == "limits.columns_max");
  CHECK(nearest("something.else", names).empty());
  CHECK(nearest(std::string(1'000, 'x'), names).empty());
  CHECK(nearest("data", {}).empty());
}

} // namespace sluice::config
