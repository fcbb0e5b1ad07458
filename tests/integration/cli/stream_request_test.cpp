#include "tests/integration/cli/cli_process.hpp"
#include "tests/support/client.hpp"
#include "tests/support/sluice_process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace sluice::tests {

TEST_CASE("request prints the messages of a stream line by line") {
  auto server = sluice_process{};
  client{server.url()}.create_database("app");
  const auto request = [&server](const std::string& sql) {
    return run_cli({"request", "db.app.query", "{\"sql\":\"" + sql + "\"}",
                    "--header", "sluice-stream:true", "--nats-url",
                    server.url()});
  };
  const auto large = request("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
                             "SELECT i + 1 FROM c WHERE i < 300000) SELECT i "
                             "FROM c");
  CHECK(large.status == 0);
  CHECK(large.err.empty());
  CHECK(large.out.size() > 2'000'000);
  CHECK(large.out.starts_with(R"({"columns":["i"],"rows":[[1],[2],)"));
  CHECK(large.out.contains(",[300000]]}\n{\"success\":true,\"meta\":{"));
  CHECK(std::ranges::count(large.out, '\n') > 10);
  const auto wrong = request("SELECT missing");
  CHECK(wrong.status == 1);
  CHECK(wrong.out.contains("\"code\":\"sql_error\""));
  CHECK(std::ranges::count(wrong.out, '\n') == 1);
}

} // namespace sluice::tests
