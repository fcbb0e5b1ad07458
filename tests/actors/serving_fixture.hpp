#pragma once

#include "actors/authentication.hpp"
#include "actors/read_queue.hpp"
#include "actors/running_requests.hpp"
#include "actors/serving_context.hpp"
#include "tests/actors/recording_sink.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::tests {

/// What a job is made of besides its body; what a test does not care for keeps
/// its default.
struct job_options {
  std::string database = "app";
  actors::job_route route = actors::job_route::writer;
  storage::deadline until = storage::no_deadline;
  codec::read_constraint constraint = {};
  std::size_t bytes = 100;
};

/// Everything that actors need from a server, with a new data folder and a sink
/// that keeps the replies. Outlives the actors of a test.
class serving_fixture {
public:
  serving_fixture();
  serving_fixture(const serving_fixture&) = delete;
  serving_fixture& operator=(const serving_fixture&) = delete;

  /// A token whose reply goes to the subject `reply_to`.
  actors::reply_token make_token(std::string_view reply_to);

  actors::job_ptr make_job(std::string_view reply_to, actors::job_body body,
                           const job_options& options = {});
  actors::job_ptr make_query(std::string_view reply_to, std::string sql,
                             const job_options& options = {});

  /// One INTEGER out of a database's file, by a connection of the test's own.
  [[nodiscard]] std::int64_t integer_in(std::string_view uuid,
                                        std::string_view sql) const;

  /// How often this process has a database's file, or any, open.
  [[nodiscard]] std::size_t open_files(std::string_view uuid = {}) const;

  /// Puts noise where a database's file is, or will be.
  void spoil_file(std::string_view uuid) const;

  temporary_directory folder;
  config::settings settings;
  storage::data_directory directory;
  const std::string server_name = "test-server";
  recording_sink sink;
  actors::service_counters counters;
  actors::reply_context replies{sink, sink, counters};
  actors::read_queue queue{settings.readers};
  actors::admission admitted{settings.admission.requests_max,
                             settings.admission.bytes_max};
  actors::open_databases databases{queue, admitted, settings.admission};
  actors::result_cache results{settings.services};
  security::server_keys keys;
  actors::authentication accounts{settings.auth, keys};
  actors::running_requests running{databases, queue};
  actors::serving_context context;
};

} // namespace sluice::tests
