#include "bench/sqlite_command.hpp"

#include "bench/interruption.hpp"
#include "bench/sqlite_report.hpp"
#include "bench/temporary_folder.hpp"

#include <sqlite3.h>

#include <cstdio>

namespace sluice::bench {

namespace {

/// As many rows as Sluice puts into one transaction when it is busy.
constexpr auto rows_per_group = 128u;

result<std::vector<sqlite_row>> measure(const std::string& file,
                                        std::chrono::nanoseconds time,
                                        unsigned cores) {
  auto rows = std::vector<sqlite_row>{};
  auto add = [&rows](std::string what, unsigned threads,
                     const result<sqlite_figure>& measured) -> result<void> {
    if (!measured)
      return fail(what + ": " + measured.error());
    if (is_interrupted())
      return fail("interrupted");
    rows.push_back({std::move(what), threads, *measured});
    return {};
  };
  auto done = make_tables(file);
  if (done)
    done = add("point reads", 1, measure_reads(file, 1, time));
  if (done && cores > 1)
    done = add("point reads", cores, measure_reads(file, cores, time));
  if (done)
    done = add("single commits", 1, measure_commits(file, 1, time));
  if (done)
    done = add("commits of " + std::to_string(rows_per_group) + " rows", 1,
               measure_commits(file, rows_per_group, time));
  if (!done)
    return fail(done.error());
  return rows;
}

} // namespace

result<exit_code> run(const sqlite_options& options) {
  const auto folder = temporary_folder::create(options.folder);
  if (!folder)
    return fail(folder.error());
  const auto facts = sqlite_facts{.where = this_machine(),
                                  .sqlite_version = sqlite3_libversion(),
                                  .file_system = file_system_of(folder->path()),
                                  .seconds = options.seconds};
  const auto rows
      = measure((folder->path() / "bench.sqlite").string(),
                std::chrono::duration_cast<std::chrono::nanoseconds>(
                    std::chrono::duration<double>{options.seconds}),
                facts.where.cores);
  if (!rows)
    return fail(rows.error());
  const auto text
      = options.is_json ? report_json(facts, *rows) : report_text(facts, *rows);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail("cannot write the report");
  return exit_code::ok;
}

} // namespace sluice::bench
