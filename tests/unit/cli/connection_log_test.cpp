#include "cli/connection_log.hpp"

#include <catch2/catch_test_macros.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>

namespace sluice::tests {

namespace {

using cli::connection_log;

/// Keeps what is logged instead of showing it.
class kept_log {
public:
  kept_log() : before_{spdlog::default_logger()} {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_, true);
    sink->set_pattern("%l %v");
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("kept", std::move(sink)));
  }
  ~kept_log() {
    spdlog::set_default_logger(before_);
  }
  kept_log(const kept_log&) = delete;
  kept_log& operator=(const kept_log&) = delete;

  /// What has been logged since the last time.
  [[nodiscard]] std::string take() {
    auto result = lines_.str();
    lines_.str({});
    return result;
  }

private:
  std::ostringstream lines_;
  /// spdlog's own, which it shares with whoever logs.
  std::shared_ptr<spdlog::logger> before_;
};

} // namespace

TEST_CASE("several connections are logged as one", "[cli][log]") {
  auto lines = kept_log{};
  auto log = connection_log{3, [](const std::string&) {
                            }};
  log.on_connected("nats://a");
  log.on_connected("nats://a");
  CHECK(lines.take().empty());
  log.on_connected("nats://a");
  CHECK(lines.take() == "info connected to NATS at nats://a\n");
  log.on_disconnected("gone");
  CHECK(lines.take()
        == "warning the connection to NATS is lost: gone; connecting again\n");
  log.on_disconnected("gone");
  log.on_reconnected("nats://b");
  CHECK(lines.take().empty());
  log.on_reconnected("nats://b");
  CHECK(lines.take() == "info connected to NATS again, at nats://b\n");
}

TEST_CASE("that one of several connections is closed for good is told",
          "[cli][log]") {
  auto told = std::string{};
  auto log = connection_log{2, [&told](const std::string& reason) {
                              told = reason;
                            }};
  log.on_closed("Authorization Violation");
  CHECK(told
        == "the connection to NATS is closed for good: "
           "Authorization Violation");
}

TEST_CASE("of errors twenty a second are logged, with their subject",
          "[cli][log]") {
  auto lines = kept_log{};
  auto log = connection_log{1, [](const std::string&) {
                            }};
  log.on_error("", "one");
  log.on_error("a.b", "two");
  CHECK(lines.take() == "error NATS: one\nerror NATS, subscription a.b: two\n");
  for (auto i = 0; i < 1'000; ++i)
    log.on_error("", "more");
  const auto logged = lines.take();
  CHECK(logged.contains("error NATS: more\n"));
  // Should a second pass meanwhile, another twenty, and how many were not.
  CHECK(std::ranges::count(logged, '\n') <= 200);
}

} // namespace sluice::tests
