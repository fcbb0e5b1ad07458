#pragma once

#include "tests/support/client.hpp"
#include "tests/support/sluice_process.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// A server with a nats-server of its own, a client of it, and a database
/// `app`.
struct app_server {
  explicit app_server(std::vector<std::string> options = {});

  /// What `sluice.db.app.query` and `.exec` answer.
  [[nodiscard]] reply query(std::string_view body,
                            std::initializer_list<messaging::header> headers
                            = {});
  [[nodiscard]] reply exec(std::string_view body);
  /// A query of one SQL text, that must succeed.
  reply run(std::string_view sql);
  /// The results of it, as JSON.
  [[nodiscard]] std::string results(std::string_view sql);
  /// What a query of one SQL text, without parameters, fails with.
  [[nodiscard]] std::string failure(std::string_view sql);

  sluice_process process;
  client remote;
};

/// `{"sql": …}`
[[nodiscard]] std::string query_body(std::string_view sql);

/// A batch of such.
[[nodiscard]] std::string
batch_body(std::initializer_list<std::string_view> statements);

/// "CODE NUMBER: MESSAGE" of a reply that is an error in the shape that the
/// protocol gives to all of them; else what is wrong with its shape.
[[nodiscard]] std::string failure_of(const reply& got);

} // namespace sluice::tests
