#include "services/partition.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::services {

TEST_CASE("the requests for a database are mapped by its name") {
  const auto mapping = partition_mapping("sluice", 8);
  CHECK(mapping.from == "sluice.db.*.>");
  CHECK(mapping.to
        == "sluice.partition.{{partition(8,1)}}.db.{{wildcard(1)}}.>");
}

TEST_CASE("a prefix of several tokens does not change which token decides") {
  const auto mapping = partition_mapping("acme.sql", 3);
  CHECK(mapping.from == "acme.sql.db.*.>");
  CHECK(mapping.to
        == "acme.sql.partition.{{partition(3,1)}}.db.{{wildcard(1)}}.>");
}

TEST_CASE("each partition has a subject of its own") {
  CHECK(partition_prefix("sluice", 0) == "sluice.partition.0");
  CHECK(partition_prefix("acme.sql", 12) == "acme.sql.partition.12");
}

} // namespace sluice::services
