#include "bench/sqlite_baseline.hpp"

#include "bench/interruption.hpp"
#include "bench/latency_histogram.hpp"
#include "bench/request_text.hpp"
#include "bench/sqlite_handle.hpp"
#include "bench/test_rows.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace sluice::bench {

namespace {

using clock = std::chrono::steady_clock;

double microseconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>{time}.count();
}

sqlite_figure figure_of(const latency_histogram& latencies,
                        double rows_per_second) {
  return {.rows_per_second = rows_per_second,
          .p50_us = microseconds_of(latencies.quantile(0.5)),
          .p99_us = microseconds_of(latencies.quantile(0.99)),
          .maximum_us = microseconds_of(latencies.maximum())};
}

/// Looks at every column, as who prints a row must.
result<void> read_person(sqlite3& database, sqlite3_stmt& select,
                         std::uint32_t id) {
  auto done = check(sqlite3_bind_int64(&select, 1, id), &database, "bind");
  if (done)
    done = check(sqlite3_step(&select), &database, "read", SQLITE_ROW);
  if (done
      && (sqlite3_column_int64(&select, 0) != id
          || sqlite3_column_text(&select, 1) == nullptr
          || sqlite3_column_text(&select, 2) == nullptr
          || sqlite3_column_int64(&select, 3) == 0))
    done = fail("a row that was inserted is not found");
  if (done)
    done = check(sqlite3_step(&select), &database, "read", SQLITE_DONE);
  // Says only what the last step said already.
  static_cast<void>(sqlite3_reset(&select));
  return done;
}

/// What one thread does.
result<latency_histogram> read_people(const std::string& file,
                                      std::uint64_t seed,
                                      std::chrono::nanoseconds time) {
  const auto database = open(file);
  if (!database)
    return fail(database.error());
  const auto select = prepare(**database, test_rows::select_person);
  if (!select)
    return fail(select.error());
  auto latencies = latency_histogram{};
  const auto end = clock::now() + time;
  for (auto begin = clock::now(); begin < end;) {
    const auto id = next_number(seed, test_rows::count);
    if (const auto done = read_person(**database, **select, id); !done)
      return fail(done.error());
    const auto now = clock::now();
    latencies.record(now - begin);
    begin = now;
  }
  return latencies;
}

/// Inserts one row; a row of the table that is written has a name and a number.
result<void> insert_written(sqlite3& database, sqlite3_stmt& insert,
                            std::uint32_t number) {
  auto done = check(
      sqlite3_bind_text(&insert, 1, test_rows::written_name, -1, SQLITE_STATIC),
      &database, "bind");
  if (done)
    done = check(sqlite3_bind_int64(&insert, 2, number), &database, "bind");
  if (done)
    done = check(sqlite3_step(&insert), &database, "insert", SQLITE_DONE);
  static_cast<void>(sqlite3_reset(&insert));
  return done;
}

result<void> commit_rows(sqlite3& database, sqlite3_stmt& insert,
                         std::uint32_t rows) {
  if (const auto done = execute(database, "BEGIN IMMEDIATE"); !done)
    return done;
  for (auto row = 1u; row <= rows; ++row)
    if (const auto done = insert_written(database, insert, row); !done)
      return done;
  return execute(database, "COMMIT");
}

result<void> insert_people(sqlite3& database) {
  return execute(database,
                 "WITH RECURSIVE numbers(id) AS (SELECT 1 UNION ALL SELECT "
                 "id + 1 FROM numbers WHERE id < "
                     + std::to_string(test_rows::count)
                     + ") INSERT INTO people SELECT id, 'Person ' || id, "
                       "'person' || id || '@example.org', 18 + id % 60 FROM "
                       "numbers");
}

} // namespace

result<void> make_tables(const std::string& file) {
  const auto database = open(file);
  if (!database)
    return fail(database.error());
  auto done = execute(**database, test_rows::create_people);
  if (done)
    done = execute(**database, test_rows::create_written);
  if (done)
    done = insert_people(**database);
  if (done)
    done = execute(**database, "PRAGMA wal_checkpoint(TRUNCATE)");
  return done;
}

result<sqlite_figure> measure_reads(const std::string& file, unsigned threads,
                                    std::chrono::nanoseconds time) {
  auto outcomes = std::vector<result<latency_histogram>>(threads);
  {
    auto readers = std::vector<std::jthread>{};
    for (auto number = 0u; number < threads; ++number)
      readers.emplace_back([&file, &outcomes, number, time] {
        outcomes[number] = read_people(file, number, time);
      });
  }
  auto all = sqlite_figure{};
  for (const auto& outcome : outcomes) {
    if (!outcome)
      return fail(outcome.error());
    const auto reads = static_cast<double>(outcome->count());
    const auto one = figure_of(
        *outcome, reads / std::chrono::duration<double>{time}.count());
    all.rows_per_second += one.rows_per_second;
    all.p50_us = std::max(all.p50_us, one.p50_us);
    all.p99_us = std::max(all.p99_us, one.p99_us);
    all.maximum_us = std::max(all.maximum_us, one.maximum_us);
  }
  return all;
}

result<sqlite_figure> measure_commits(const std::string& file,
                                      std::uint32_t rows,
                                      std::chrono::nanoseconds time) {
  const auto database = open(file);
  if (!database)
    return fail(database.error());
  const auto insert = prepare(**database, test_rows::insert_written);
  if (!insert)
    return fail(insert.error());
  auto latencies = latency_histogram{};
  const auto begin = clock::now();
  auto last = begin;
  while (last - begin < time) {
    if (is_interrupted())
      return fail("interrupted");
    if (const auto done = commit_rows(**database, **insert, rows); !done)
      return fail(done.error());
    const auto now = clock::now();
    latencies.record(now - last);
    last = now;
  }
  const auto took = std::chrono::duration<double>{last - begin}.count();
  return figure_of(latencies,
                   static_cast<double>(latencies.count() * rows) / took);
}

} // namespace sluice::bench
