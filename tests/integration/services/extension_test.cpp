#include "tests/integration/server/app_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// A program that differs from `sluice` by one pair of files and one row.
namespace sluice::tests {

namespace {

/// Starts it in the place of `sluice`, whose path comes first.
std::vector<std::string> extended_program() {
  return {"/bin/sh", "-c", "shift; exec '" SLUICE_WITH_TAGS "' \"$@\"", "sh"};
}

} // namespace

TEST_CASE("a service is added by a pair of files and a row in a table") {
  auto process = sluice_process{
      {}, sluice_process::start_mode::wait, extended_program()};
  auto remote = client{process.url()};
  remote.create_database("app");
  remote.run("app",
             "CREATE TABLE tags(id INTEGER PRIMARY KEY, name TEXT UNIQUE,"
             " color TEXT, created_at TEXT)");
  const auto ask = [&remote](const std::string& verb, std::string_view body) {
    return remote.request("sluice.tags." + verb, body);
  };
  CHECK(ask("create", R"({"name":"blue","color":"#00f"})").body()
        == R"({"success":true,"tag":{"id":1,"name":"blue","color":"#00f"}})");
  CHECK(failure_of(ask("create", R"({"name":"blue"})"))
        == "conflict 409: there is a tag of this name already");
  CHECK(failure_of(ask("create", R"({"name":""})"))
            .starts_with("bad_request 400: the field 'name'"));
  CHECK(ask("get", R"({"id":1})").at("/tag/name") == "\"blue\"");
  CHECK(failure_of(ask("get", R"({"id":2})"))
        == "not_found 404: no tag with the id 2");
  CHECK(ask("list", "").body()
        == R"({"success":true,"tags":[{"id":1,"name":"blue","color":"#00f"}],)"
           R"("total":1,"limit":20,"offset":0,"has_more":false})");
  CHECK(ask("delete", R"({"id":1})").at("/deleted") == "true");
  // What follows by itself, and what is still there.
  CHECK(remote.request("$SRV.INFO.sluice", "")
            .body()
            .contains(R"("subject":"sluice.tags.create")"));
  CHECK(remote.request("sluice.stats", "").at("/endpoints/tags_create/requests")
        == "3");
  CHECK(remote.request("sluice.users.list", "").at("/total") == "0");
  CHECK(failure_of(ask("rename", "")).starts_with("not_found 404: "));
}

} // namespace sluice::tests
