#include "tests/actors/serving_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <utility>

namespace sluice::tests {

namespace {

security::server_keys make_keys() {
  const auto secret = std::string(32, 's');
  return {security::key_ring::make(
              security::signing_key::from_secret(secret).value())
              .value(),
          secret};
}

/// Hashes that take a few milliseconds; a source has few of them, and gets no
/// more while a test runs.
config::settings quick_settings() {
  auto result = config::settings{};
  result.auth.password_memory_bytes = 8u << 20;
  result.auth.password_passes = 1;
  result.auth.source_hashes_max = 4;
  result.auth.source_hashes_s = 86'400;
  return result;
}

} // namespace

serving_fixture::serving_fixture()
    : settings{quick_settings()},
      directory{storage::data_directory::open(folder.path().string()).value()},
      keys{make_keys()},
      context{settings, directory, server_name, replies, databases,
              queue,    results,   accounts,    running} {
  // Commits need not survive a power loss here.
  settings.durability = config::durability::normal;
}

actors::reply_token serving_fixture::make_token(std::string_view reply_to) {
  return {replies, services::endpoint_id::db_query, reply_to, {}};
}

actors::job_ptr serving_fixture::make_job(std::string_view reply_to,
                                          actors::job_body body,
                                          const job_options& options) {
  auto result = std::make_shared<actors::job>();
  result->reply = make_token(reply_to);
  result->body = std::move(body);
  result->database = options.database;
  result->route = options.route;
  result->until = options.until;
  result->constraint = options.constraint;
  result->bytes = options.bytes;
  return result;
}

actors::job_ptr serving_fixture::make_query(std::string_view reply_to,
                                            std::string sql,
                                            const job_options& options) {
  auto request = codec::query_request{};
  request.queries.push_back({std::move(sql), {}});
  return make_job(reply_to, std::move(request), options);
}

std::int64_t serving_fixture::integer_in(std::string_view uuid,
                                         std::string_view sql) const {
  auto opened = storage::connection::open(
      directory.database_path(uuid),
      actors::connection_options_of(settings, storage::access::reader));
  REQUIRE(opened);
  auto result = (*opened)->integer(sql);
  CAPTURE(sql);
  REQUIRE(result);
  return *result;
}

std::size_t serving_fixture::open_files(std::string_view uuid) const {
  const auto wanted = uuid.empty() ? directory.database_path("x")
                                   : directory.database_path(uuid);
  const auto in_folder = std::filesystem::path{wanted}.parent_path();
  auto count = std::size_t{0};
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/self/fd"}) {
    auto gone = std::error_code{};
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (gone)
      continue;
    const auto is_any = uuid.empty() && target.extension() == ".sqlite"
                        && target.parent_path() == in_folder;
    if (is_any || target == wanted)
      ++count;
  }
  return count;
}

void serving_fixture::spoil_file(std::string_view uuid) const {
  auto file = std::ofstream{directory.database_path(uuid), std::ios::binary};
  file << std::string(8'192, '?');
  REQUIRE(file.flush());
}

} // namespace sluice::tests
