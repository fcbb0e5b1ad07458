#include "messaging/child_process.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/sluice_process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

/// The examples that need a server.
namespace sluice::tests {

TEST_CASE("the example of a blog runs through") {
  auto process = sluice_process{{"--services-databases", "blog"}};
  const auto folder = temporary_directory{};
  const auto output = (folder.path() / "out").string();
  const auto variable = std::string{"SLUICE="} + SLUICE_PROGRAM;
  auto script = must(messaging::child_process::start(
      "/usr/bin/env",
      {variable, "bash", SLUICE_EXAMPLE, "blog", "--nats-url", process.url()},
      output));
  REQUIRE(script.wait(std::chrono::seconds{60}));
  const auto text = read_text_file(output);
  CAPTURE(text);
  CHECK(script.exit_status() == 0);
  CHECK(text.contains("another user has this e-mail address already"));
  CHECK(text.contains("posts[1]: no user with the id 99"));
  CHECK(text.contains("<mark>Danube</mark>"));
  CHECK(text.contains(R"("posts_transferred":1)"));
  CHECK(text.contains("no post with the id 1"));
}

} // namespace sluice::tests
