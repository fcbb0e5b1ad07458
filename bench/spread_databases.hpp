#pragma once

#include "bench/nats_client.hpp"
#include "bench/outcome.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sluice::bench {

/// Many small databases of one server, with the tables of test_rows.hpp. They
/// stay: the server is one of this run, and its data goes away with it.
class spread_databases {
public:
  /// Rows of the table that is read; their ids are 1…rows.
  static constexpr auto rows = std::uint32_t{1'000};

  /// Creates and fills them, several at once.
  [[nodiscard]] static result<spread_databases> create(const std::string& url,
                                                       std::uint32_t number);

  /// Subjects of the queries of the first ones.
  [[nodiscard]] std::vector<std::string> subjects(std::uint32_t number) const {
    return {subjects_.begin(), subjects_.begin() + number};
  }

  /// Rows that were written to the first ones since they were created.
  [[nodiscard]] result<std::uint64_t> count_written(std::uint32_t number);

private:
  explicit spread_databases(nats_handle<natsConnection> connection)
      : connection_{std::move(connection)} {}

  [[nodiscard]] result<std::string> call(const std::string& subject,
                                         const std::string& body);
  [[nodiscard]] result<void> create_one(std::uint32_t number);
  /// Calls an action with each number below `end`, on several threads.
  [[nodiscard]] static result<void>
  for_each(std::uint32_t end,
           const std::function<result<void>(std::uint32_t)>& action);

  nats_handle<natsConnection> connection_;
  std::vector<std::string> subjects_;
};

} // namespace sluice::bench
