#include "bench/spread_databases.hpp"

#include "bench/interruption.hpp"
#include "bench/test_rows.hpp"

#include <spdlog/fmt/fmt.h>

#include <atomic>
#include <charconv>
#include <mutex>
#include <thread>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto spread_patience = 60s;
/// Databases that are made at once: the disk, not a processor, is what each of
/// them waits for.
constexpr auto made_at_once = 16u;

std::string name_of_database(std::uint32_t number) {
  return fmt::format("spread-{}", number);
}

std::string fill_batch() {
  auto body = fmt::format(R"([{{"sql":"{}"}},{{"sql":"{}"}})",
                          test_rows::create_people, test_rows::create_written);
  for (auto id = 1u; id <= spread_databases::rows; ++id)
    body += fmt::format(
        R"(,{{"sql":"{}","params":[{},"Person {}","person{}@example.org",{}]}})",
        test_rows::insert_person, id, id, id, 18 + id % 60);
  return body + "]";
}

} // namespace

result<void> spread_databases::for_each(
    std::uint32_t end,
    const std::function<result<void>(std::uint32_t)>& action) {
  auto next = std::atomic<std::uint32_t>{0};
  auto mutex = std::mutex{};
  auto done = result<void>{};
  const auto work = [&] {
    for (auto number = next++; number < end; number = next++) {
      auto one = is_interrupted() ? result<void>{fail("interrupted")}
                                  : action(number);
      if (one)
        continue;
      const auto lock = std::scoped_lock{mutex};
      done = std::move(one);
      next = end;
    }
  };
  {
    auto threads = std::vector<std::jthread>{};
    for (auto started = 0u; started < made_at_once; ++started)
      threads.emplace_back(work);
  }
  return done;
}

result<spread_databases> spread_databases::create(const std::string& url,
                                                  std::uint32_t number) {
  auto connection = connect(url, true);
  if (!connection)
    return fail(connection.error());
  auto databases = spread_databases{std::move(*connection)};
  for (auto each = 0u; each < number; ++each)
    databases.subjects_.push_back(
        fmt::format("sluice.db.{}.query", name_of_database(each)));
  const auto made = for_each(number, [&databases](std::uint32_t each) {
    return databases.create_one(each);
  });
  if (!made)
    return fail(made.error());
  return databases;
}

result<std::string> spread_databases::call(const std::string& subject,
                                           const std::string& body) {
  auto reply = request(*connection_, subject, body, spread_patience);
  if (!reply)
    return reply;
  const auto is_good = reply->starts_with(R"({"success":true)")
                       || reply->starts_with(R"([{"success":true)");
  return is_good ? std::move(reply) : fail(subject + ": " + *reply);
}

result<void> spread_databases::create_one(std::uint32_t number) {
  static const auto fill = fill_batch();
  const auto created
      = call("sluice.databases.create",
             fmt::format(R"({{"name":"{}"}})", name_of_database(number)));
  if (!created)
    return fail(created.error());
  if (const auto filled = call(subjects_[number], fill); !filled)
    return fail(filled.error());
  return {};
}

result<std::uint64_t> spread_databases::count_written(std::uint32_t number) {
  auto sum = std::atomic<std::uint64_t>{0};
  const auto counted
      = for_each(number, [this, &sum](std::uint32_t each) -> result<void> {
          const auto reply
              = call(subjects_[each],
                     R"({"sql":"SELECT count(*) AS rows_found FROM written"})");
          if (!reply)
            return fail(reply.error());
          constexpr auto key = std::string_view{R"("rows_found":)"};
          const auto at = reply->find(key);
          auto found = std::uint64_t{0};
          if (at == std::string::npos
              || std::from_chars(reply->data() + at + key.size(),
                                 reply->data() + reply->size(), found)
                         .ec
                     != std::errc{})
            return fail("a reply without a count: " + *reply);
          sum += found;
          return {};
        });
  if (!counted)
    return fail(counted.error());
  return sum.load();
}

} // namespace sluice::bench
