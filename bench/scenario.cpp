#include "bench/scenario.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace sluice::bench {

namespace {

constexpr auto rows_per_batch = 100u;
constexpr auto names = std::array<std::string_view, 6>{
    "echo", "select", "insert", "batch", "scan", "update"};
static_assert(names.size() == scenarios.size());

/// What every request of one statement begins with; an echo returns it.
constexpr auto statement_begin = std::string_view{R"({"sql":")"};

std::string statement(std::string_view sql) {
  return fmt::format(R"({}{}","params":[)", statement_begin, sql);
}

std::string insert_statement() {
  return statement(test_rows::insert_written)
         + fmt::format(R"("{}",)", test_rows::written_name);
}

std::string scan_statement() {
  return statement(fmt::format(
      "SELECT count(*) AS found FROM people WHERE id BETWEEN ?1 AND ?1 + {} "
      "AND email LIKE '%7@%'",
      test_rows::rows_scanned - 1));
}

std::string update_statement() {
  return statement(fmt::format("UPDATE people SET age = age + 1 WHERE id "
                               "BETWEEN ?1 AND ?1 + {}",
                               test_rows::rows_updated - 1));
}

std::string batch_of_inserts() {
  auto body = std::string{"["};
  for (auto row = 1u; row <= rows_per_batch; ++row)
    body += fmt::format("{}{}{}]}}", row == 1 ? "" : ",", insert_statement(),
                        row);
  return body + "]";
}

} // namespace

std::string_view name_of(scenario which) {
  return names[static_cast<std::size_t>(which)];
}

std::optional<scenario> scenario_of(std::string_view name) {
  const auto* const found = std::ranges::find(names, name);
  if (found == names.end())
    return std::nullopt;
  return scenarios[static_cast<std::size_t>(found - names.begin())];
}

std::uint32_t rows_written_by(scenario which) {
  switch (which) {
  case scenario::insert:
    return 1;
  case scenario::batch:
    return rows_per_batch;
  default:
    return 0;
  }
}

request_text requests_of(scenario which, std::uint64_t seed,
                         std::uint32_t rows) {
  switch (which) {
  case scenario::insert:
    return {insert_statement(), 1'000'000, "]}", seed};
  case scenario::batch:
    return request_text{batch_of_inserts()};
  case scenario::scan:
    return {scan_statement(), rows - test_rows::rows_scanned, "]}", seed};
  case scenario::update:
    return {update_statement(), rows - test_rows::rows_updated, "]}", seed};
  default:
    return {statement(test_rows::select_person), rows, "]}", seed};
  }
}

std::string good_reply_of(scenario which) {
  switch (which) {
  case scenario::echo:
    return std::string{statement_begin};
  case scenario::batch:
    return R"([{"success":true)";
  default:
    return R"({"success":true)";
  }
}

} // namespace sluice::bench
