#include "codec/utf8.hpp"
#include "services/statement_kind.hpp"
#include "tests/fuzz/guarded_database.hpp"
#include "tests/fuzz/sql_coverage.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

/// SQL text. The first character says how it comes: `q` to where a query would
/// go, `w` to the writer, `s` as a script; in upper case it is committed. The
/// character 0x1e separates the statements of a batch.
namespace sluice::fuzz {

namespace {

constexpr auto separator = '\x1e';

/// As many values as the text seems to ask for, of each type in turn.
codec::parameters values_for(std::string_view sql) {
  const auto values = std::array<codec::value, 5>{
      std::int64_t{7}, std::string{"one"}, 2.5, std::monostate{},
      codec::blob{std::vector<std::byte>(8, std::byte{1})}};
  auto result = codec::positional_parameters{};
  for (const auto c : sql)
    if (c == '?')
      result.push_back(values[result.size() % values.size()]);
  return result;
}

codec::query_request split(std::string_view text) {
  auto result = codec::query_request{};
  result.is_batch = text.contains(separator);
  result.format = codec::results_format::rows_and_columns;
  while (true) {
    const auto end = std::min(text.find(separator), text.size());
    const auto sql = text.substr(0, end);
    result.queries.push_back({std::string{sql}, values_for(sql)});
    if (end == text.size())
      return result;
    text.remove_prefix(end + 1);
  }
}

} // namespace

bool run_input(std::string_view input) {
  static auto database = guarded_database{};
  if (input.empty())
    return true;
  const auto how = static_cast<unsigned char>(input.front());
  const auto end = std::isupper(how) != 0 ? guarded_database::end::commit
                                          : guarded_database::end::roll_back;
  // The decoder of requests lets nothing else through.
  const auto text = codec::replace_invalid_utf8(input.substr(1));
  if (std::tolower(how) == 's') {
    database.write(codec::exec_request{text}, end);
    note_sql_coverage(text);
    return database.met_sql();
  }
  const auto query = split(text);
  if (std::tolower(how) == 'w' || !services::looks_like_read(query))
    database.write(query, end);
  else
    database.read(query, end);
  for (const auto& each : query.queries)
    note_sql_coverage(each.sql);
  return database.met_sql();
}

} // namespace sluice::fuzz
