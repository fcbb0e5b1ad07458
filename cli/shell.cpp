#include "cli/shell.hpp"

#include "cli/display_text.hpp"
#include "cli/json_text.hpp"
#include "cli/lower_case.hpp"
#include "cli/query_result.hpp"
#include "cli/result_text.hpp"
#include "cli/table.hpp"
#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::cli {

namespace {

namespace dom = simdjson::dom;

/// Of one statement.
constexpr auto statement_bytes_max = std::size_t{16} << 20;
/// Of a result that is aligned, for which all of it must be there.
constexpr auto table_bytes_max = std::size_t{64} << 20;

constexpr auto help
    = std::string_view{".databases           databases of the server\n"
                       ".help                this\n"
                       ".mode MODE           how results are written: table, "
                       "line, csv, json\n"
                       ".quit, .exit         ends the shell, as Control-D "
                       "does\n"
                       ".schema [TABLE]      definitions\n"
                       ".tables [PATTERN]    tables and views, as LIKE finds "
                       "them\n"
                       "Anything else is SQL, up to a semicolon.\n"};

struct named_mode {
  std::string_view name;
  shell_mode mode;
};
constexpr auto modes = std::array{
    named_mode{"table", shell_mode::table},
    named_mode{"json", shell_mode::json},
    named_mode{"csv", shell_mode::csv},
    named_mode{"line", shell_mode::line},
};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string body_of(std::string_view sql, std::string_view more = {}) {
  return "{\"sql\":" + codec::quoted(sql) + std::string{more} + "}";
}

/// Whether tables may have come or gone with it.
bool may_change_tables(std::string_view sql) {
  auto word = std::string{sql.substr(0, 6)};
  std::ranges::transform(word, word.begin(), lower);
  return word.starts_with("create") || word.starts_with("alter")
         || word.starts_with("drop");
}

/// As LIKE does it; an empty pattern is matched by everything.
bool matches_pattern(std::string_view name, std::string_view pattern) {
  if (pattern.empty())
    return true;
  auto at = std::size_t{0};
  auto in_pattern = std::size_t{0};
  // Where to go on behind the last %, if what follows it does not fit.
  auto retry_at = std::size_t{0};
  auto retry_pattern = std::string_view::npos;
  while (at < name.size()) {
    const auto c = in_pattern < pattern.size() ? pattern[in_pattern] : '\0';
    if (c == '%') {
      retry_pattern = ++in_pattern;
      retry_at = at;
    } else if (in_pattern < pattern.size()
               && (c == '_' || lower(c) == lower(name[at]))) {
      ++at;
      ++in_pattern;
    } else if (retry_pattern != std::string_view::npos) {
      in_pattern = retry_pattern;
      at = ++retry_at;
    } else {
      return false;
    }
  }
  return pattern.substr(in_pattern).find_first_not_of('%')
         == std::string_view::npos;
}

/// Without quotes around it.
std::string_view bare(std::string_view name) {
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'')
      && name.back() == name.front())
    return name.substr(1, name.size() - 2);
  return name;
}

/// Takes the parts of a streamed result, and writes it.
class result_printer {
public:
  result_printer(shell_mode mode, const shell_world& world)
      : mode_{mode}, world_{world} {
    // nop
  }

  result<void> take(std::string_view part) {
    if (mode_ == shell_mode::table)
      return gather(part);
    auto text = mode_ == shell_mode::csv ? csv_of(part, !has_header_)
                                         : lines_of(part);
    if (!text)
      return std::unexpected{std::move(text.error())};
    has_header_ = true;
    world_.print(*text);
    return {};
  }

  /// @param last the body of the last message.
  result<void> finish(const std::string& last) {
    if (mode_ != shell_mode::table)
      return {};
    auto done = read_query_reply(last);
    if (!done)
      return std::unexpected{std::move(done.error())};
    if (done->empty())
      return {};
    gathered_.duration_ms = done->front().duration_ms;
    gathered_.changes = done->front().changes;
    world_.print(render(gathered_, world_.columns()));
    return {};
  }

private:
  result<void> gather(std::string_view part) {
    bytes_ += part.size();
    if (bytes_ > table_bytes_max)
      return fail(exit_code::refused,
                  "the result is larger than a table may be ("
                      + std::to_string(table_bytes_max)
                      + " bytes): .mode csv and .mode line take any size");
    auto read = read_query_reply("{\"results\":" + std::string{part} + "}");
    if (!read)
      return std::unexpected{std::move(read.error())};
    auto& rows = read->front().rows;
    gathered_.columns = std::move(read->front().columns);
    std::ranges::move(rows, std::back_inserter(gathered_.rows));
    return {};
  }

  shell_mode mode_;
  const shell_world& world_;
  bool has_header_ = false;
  query_result gathered_;
  std::size_t bytes_ = 0;
};

} // namespace

shell::shell(std::string database, shell_mode mode, shell_world world)
    : database_{std::move(database)}, mode_{mode}, world_{std::move(world)},
      splitter_{statement_bytes_max} {
  // nop
}

bool shell::take_line(std::string_view line) {
  if (!is_within_ && trimmed(line).starts_with('.'))
    return run_command(trimmed(line));
  splitter_.feed(std::string{line} + "\n");
  auto is_good = true;
  while (auto statement = splitter_.next())
    is_good = run_statement(statement->text) && is_good;
  if (splitter_.is_too_long()) {
    give_up();
    return report(fail(exit_code::refused,
                       "the statement is longer than "
                           + std::to_string(statement_bytes_max) + " bytes"));
  }
  is_within_ = splitter_.has_begun();
  return is_good;
}

bool shell::finish() {
  auto rest = splitter_.finish();
  is_within_ = false;
  return !rest || run_statement(rest->text);
}

void shell::give_up() {
  splitter_ = statement_splitter{statement_bytes_max};
  is_within_ = false;
}

const std::vector<std::string>& shell::tables() {
  if (knows_tables_)
    return tables_;
  // Also after a failure: it is asked again after the next change.
  knows_tables_ = true;
  tables_.clear();
  if (auto found = list_tables(database_, world_.call))
    for (auto& each : *found)
      tables_.push_back(std::move(each.name));
  return tables_;
}

bool shell::run_statement(const std::string& sql) {
  if (!codec::is_utf8(sql))
    return report(fail(exit_code::usage, "the SQL is not UTF-8"));
  if (may_change_tables(sql))
    knows_tables_ = false;
  return report(mode_ == shell_mode::json ? run_for_json(sql) : run_query(sql));
}

result<void> shell::run_query(const std::string& sql) {
  auto printer = result_printer{mode_, world_};
  const auto last = world_.call_for_stream(
      "db." + database_ + ".query", body_of(sql),
      [&printer](std::string_view part) { return printer.take(part); });
  if (!last)
    return std::unexpected{last.error()};
  return printer.finish(*last);
}

result<void> shell::run_for_json(const std::string& sql) {
  const auto reply
      = world_.call("db." + database_ + ".query",
                    body_of(sql, ",\"results_format\":\"ARRAY_OF_OBJECTS\""));
  if (!reply)
    return std::unexpected{reply.error()};
  world_.print(
      pretty_json(reply->starts_with('[') ? *reply : "[" + *reply + "]")
      + "\n");
  return {};
}

bool shell::report(const result<void>& done) {
  if (!done)
    world_.complain(done.error().message);
  return done.has_value();
}

bool shell::run_command(std::string_view line) {
  const auto space = line.find_first_of(" \t");
  const auto name = line.substr(0, space);
  const auto argument = space == std::string_view::npos
                            ? std::string_view{}
                            : trimmed(line.substr(space));
  if (name == ".quit" || name == ".exit") {
    is_over_ = true;
    return true;
  }
  if (name == ".help") {
    world_.print(help);
    return true;
  }
  if (name == ".mode")
    return set_mode(argument);
  if (name == ".tables")
    return show_tables(bare(argument));
  if (name == ".schema")
    return show_schema(bare(argument));
  if (name == ".databases")
    return show_databases();
  return report(
      fail(exit_code::usage,
           "there is no command " + std::string{name} + "; .help lists them"));
}

bool shell::set_mode(std::string_view name) {
  const auto* const found = std::ranges::find(modes, name, &named_mode::name);
  if (found != modes.end()) {
    mode_ = found->mode;
    return true;
  }
  auto known = std::string{};
  for (const auto& each : modes)
    known.append(known.empty() ? "" : ", ").append(each.name);
  return report(fail(exit_code::usage, ".mode takes one of " + known));
}

bool shell::show_tables(std::string_view pattern) {
  const auto found = list_tables(database_, world_.call);
  if (!found)
    return report(std::unexpected{found.error()});
  knows_tables_ = true;
  tables_.clear();
  for (const auto& each : *found)
    tables_.push_back(each.name);
  auto text = std::string{};
  for (const auto& each : *found)
    if (matches_pattern(each.name, pattern))
      text += printable(each.name) + "\n";
  world_.print(text);
  return true;
}

bool shell::show_schema(std::string_view table) {
  auto sql = std::string{
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name NOT "
      "LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_cf\\_%' "
      "ESCAPE '\\' AND tbl_name NOT IN (SELECT name FROM pragma_table_list "
      "WHERE type = 'shadow')"};
  auto parameters = std::string{};
  if (!table.empty()) {
    sql += " AND lower(tbl_name) = lower(?)";
    parameters = ",\"params\":[" + codec::quoted(table) + "]";
  }
  const auto reply = world_.call("db." + database_ + ".query",
                                 body_of(sql + " ORDER BY rowid", parameters));
  if (!reply)
    return report(std::unexpected{reply.error()});
  auto parser = dom::parser{};
  auto rows = dom::array{};
  auto text = std::string{};
  if (parser.parse(*reply)["results"].get(rows) == simdjson::SUCCESS)
    for (const auto row : rows) {
      auto definition = std::string_view{};
      if (row["sql"].get(definition) == simdjson::SUCCESS)
        text.append(definition).append(";\n");
    }
  if (text.empty() && !table.empty())
    return report(
        fail(exit_code::refused, "there is no table " + std::string{table}));
  world_.print(text);
  return true;
}

bool shell::show_databases() {
  const auto reply = world_.call("databases.list", "{\"per_page\":100}");
  if (!reply)
    return report(std::unexpected{reply.error()});
  auto parser = dom::parser{};
  const auto document = parser.parse(*reply);
  auto databases = dom::array{};
  auto total = std::uint64_t{0};
  auto text = std::string{};
  auto count = std::uint64_t{0};
  if (document["databases"].get(databases) == simdjson::SUCCESS)
    for (const auto each : databases) {
      auto name = std::string_view{};
      if (each["name"].get(name) == simdjson::SUCCESS) {
        text.append(name).append("\n");
        ++count;
      }
    }
  if (document["total"].get(total) == simdjson::SUCCESS && total > count)
    text += "… and " + std::to_string(total - count) + " more\n";
  world_.print(text);
  return true;
}

} // namespace sluice::cli
