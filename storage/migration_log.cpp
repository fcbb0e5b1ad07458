#include "storage/migration_log.hpp"

#include "codec/timestamp.hpp"
#include "storage/service_execution.hpp"

#include <chrono>

namespace sluice::storage {

namespace {

constexpr auto create_log_sql = std::string_view{
    "CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY "
    "AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT "
    "CURRENT_TIMESTAMP NOT NULL)"};
constexpr auto insert_sql = std::string_view{
    "INSERT INTO d1_migrations(name, applied_at) VALUES (:name, :now)"};
constexpr auto names_sql
    = std::string_view{"SELECT name FROM d1_migrations ORDER BY id"};
constexpr auto list_sql = std::string_view{
    "SELECT id, name, applied_at FROM d1_migrations ORDER BY id"};

const codec::value* no_value(std::string_view) {
  return nullptr;
}

codec::result<bool> has_table(connection& connection) {
  const auto found = connection.integer(
      "SELECT count(*) FROM sqlite_schema WHERE name = 'd1_migrations'");
  if (!found)
    return std::unexpected{found.error()};
  return *found != 0;
}

codec::result<void> run(service_execution& execution, std::string_view sql,
                        const value_source& values) {
  auto at = execution.start(sql, values);
  if (!at)
    return std::unexpected{std::move(at.error())};
  if (auto done = at->next(); !done)
    return std::unexpected{std::move(done.error())};
  return {};
}

} // namespace

codec::result<std::set<std::string, std::less<>>>
applied_migrations(connection& connection, const execution_limits& limits) {
  auto result = std::set<std::string, std::less<>>{};
  const auto is_there = has_table(connection);
  if (!is_there)
    return std::unexpected{is_there.error()};
  if (!*is_there)
    return result;
  auto execution = service_execution{connection, limits, false};
  auto at = execution.start(names_sql, no_value);
  if (!at)
    return std::unexpected{std::move(at.error())};
  while (true) {
    auto has_row = at->next();
    if (!has_row)
      return std::unexpected{std::move(has_row.error())};
    if (!*has_row)
      return result;
    result.emplace(at->text(0));
  }
}

codec::result<execution> list_migrations(connection& connection,
                                         const execution_limits& limits,
                                         codec::json_writer& out) {
  const auto is_there = has_table(connection);
  if (!is_there)
    return std::unexpected{is_there.error()};
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("migrations");
  out.begin_array();
  if (*is_there) {
    auto execution = service_execution{connection, limits, false};
    auto at = execution.start(list_sql, no_value);
    if (!at)
      return std::unexpected{std::move(at.error())};
    while (true) {
      auto has_row = at->next();
      if (!has_row)
        return std::unexpected{std::move(has_row.error())};
      if (!*has_row)
        break;
      out.begin_object();
      if (auto written = at->write_members(out, limits.reply_bytes_max);
          !written)
        return std::unexpected{std::move(written.error())};
      out.end_object();
    }
  }
  out.end_array();
  out.end_object();
  return execution{};
}

codec::result<void> record_migration(connection& connection,
                                     const execution_limits& limits,
                                     std::string_view name) {
  const auto values = codec::positional_parameters{
      std::string{name},
      codec::format_timestamp(std::chrono::system_clock::now())};
  auto execution = service_execution{connection, limits, false};
  if (auto made = run(execution, create_log_sql, no_value); !made)
    return made;
  return run(execution, insert_sql,
             [&values](std::string_view parameter) -> const codec::value* {
               return parameter == "name" ? &values[0] : &values[1];
             });
}

} // namespace sluice::storage
