#include "cli/rival_services.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

std::string info(const std::string& id, const std::string& subject) {
  return R"({"type":"io.nats.micro.v1.info_response","name":"sluice","id":")"
         + id
         + R"(","version":"1.2.3","endpoints":[{"name":"x","subject":"other"},)"
           R"({"name":"y","subject":")"
         + subject + R"("}]})";
}

} // namespace

TEST_CASE("a service with the same subjects is a rival") {
  CHECK(cli::rival_in(info("THEIRS", "sluice.db.*.query"), "OURS", "sluice")
        == "id THEIRS, version 1.2.3");
  CHECK(cli::rival_in(info("THEIRS", "my.db.x"), "OURS", "my.db")
        == "id THEIRS, version 1.2.3");
}

TEST_CASE("this server, and services with other subjects, are no rivals") {
  CHECK(cli::rival_in(info("OURS", "sluice.db.*.query"), "OURS", "sluice")
            .empty());
  for (const auto* subject : {"", "sluice", "sluices.db", "other.sluice.db"})
    CHECK(cli::rival_in(info("THEIRS", subject), "OURS", "sluice").empty());
}

TEST_CASE("what is no description of a service is no rival") {
  for (const auto* text : {"", "{", "[]", "7", "{}", R"({"id":7})",
                           R"({"id":"X"})", R"({"id":"X","endpoints":7})",
                           R"({"id":"X","endpoints":[7,{"subject":8}]})"})
    CHECK(cli::rival_in(text, "OURS", "sluice").empty());
}

} // namespace sluice::tests
