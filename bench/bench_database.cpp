#include "bench/bench_database.hpp"

#include "bench/interruption.hpp"
#include "bench/test_rows.hpp"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cstdio>
#include <random>
#include <string_view>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;
/// Far below the default limits of nats-server for a request and its reply.
constexpr auto rows_per_request = 500u;
static_assert(test_rows::count % rows_per_request == 0);

std::string fresh_name() {
  auto device = std::random_device{};
  return fmt::format("bench-{:08x}", device());
}

std::string email_of(std::uint32_t id) {
  return fmt::format("person{}@example.org", id);
}

/// A batch that inserts the people from `first` on.
std::string insert_batch(std::uint32_t first) {
  auto body = std::string{"["};
  for (auto id = first; id < first + rows_per_request; ++id)
    body += fmt::format(R"({}{{"sql":"{}","params":[{},"Person {}","{}",{}]}})",
                        id == first ? "" : ",", test_rows::insert_person, id,
                        id, email_of(id), 18 + id % 60);
  return body + "]";
}

} // namespace

bench_database::bench_database(nats_handle<natsConnection> connection,
                               std::string prefix, std::string name)
    : connection_{std::move(connection)}, prefix_{std::move(prefix)},
      name_{std::move(name)},
      query_subject_{fmt::format("{}.db.{}.query", prefix_, name_)} {}

result<bench_database> bench_database::create(const std::string& url,
                                              std::string prefix,
                                              std::string name) {
  // One request at a time: nothing to gather.
  auto connection = connect(url, true);
  if (!connection)
    return fail(connection.error());
  if (name.empty())
    name = fresh_name();
  auto database = bench_database{std::move(*connection), std::move(prefix),
                                 std::move(name)};
  if (const auto created
      = database.call(database.prefix_ + ".databases.create",
                      fmt::format(R"({{"name":"{}"}})", database.name_));
      !created)
    return fail(created.error());
  database.is_created_ = true;
  if (const auto filled = database.fill(); !filled)
    return fail(filled.error());
  if (const auto checked = database.check_row(); !checked)
    return fail(checked.error());
  return database;
}

bench_database::~bench_database() {
  // Without a connection it is one that was moved from, or the server is gone.
  if (!is_created_ || natsConnection_IsClosed(connection_.get()))
    return;
  const auto deleted = call(prefix_ + ".databases.delete",
                            fmt::format(R"({{"name":"{}"}})", name_));
  if (!deleted)
    std::fprintf(stderr, "sluice-bench: database %s stays: %s\n", name_.c_str(),
                 deleted.error().c_str());
}

result<std::string> bench_database::call(const std::string& subject,
                                         const std::string& body) {
  auto reply = request(*connection_, subject, body, patience);
  if (!reply)
    return reply;
  const auto is_good = reply->starts_with(R"({"success":true)")
                       || reply->starts_with(R"([{"success":true)");
  return is_good ? std::move(reply) : fail(subject + ": " + *reply);
}

result<std::string> bench_database::query(const std::string& sql) {
  return call(query_subject_, fmt::format(R"({{"sql":"{}"}})", sql));
}

result<void> bench_database::fill() {
  if (const auto made = query(test_rows::create_people); !made)
    return fail(made.error());
  for (auto first = 1u; first <= test_rows::count; first += rows_per_request) {
    if (is_interrupted())
      return fail("interrupted");
    if (const auto inserted = call(query_subject_, insert_batch(first));
        !inserted)
      return fail(inserted.error());
  }
  return {};
}

result<void> bench_database::check_row() {
  const auto row = query(
      fmt::format("SELECT email FROM people WHERE id = {}", test_rows::count));
  if (!row)
    return fail(row.error());
  if (!row->contains(email_of(test_rows::count)))
    return fail("a row that was inserted is not found; the reply: " + *row);
  return {};
}

result<void> bench_database::empty_written() {
  if (const auto dropped = query(test_rows::drop_written); !dropped)
    return fail(dropped.error());
  if (const auto made = query(test_rows::create_written); !made)
    return fail(made.error());
  return {};
}

result<std::uint64_t> bench_database::count_written() {
  const auto reply = query("SELECT count(*) AS rows_found FROM written");
  if (!reply)
    return fail(reply.error());
  constexpr auto key = std::string_view{R"("rows_found":)"};
  const auto at = reply->find(key);
  if (at == std::string::npos)
    return fail("a reply without a count: " + *reply);
  auto rows = std::uint64_t{0};
  const auto* const digits = reply->data() + at + key.size();
  const auto read
      = std::from_chars(digits, reply->data() + reply->size(), rows);
  if (read.ec != std::errc{})
    return fail("a reply without a count: " + *reply);
  return rows;
}

} // namespace sluice::bench
