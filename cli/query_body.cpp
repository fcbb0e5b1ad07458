#include "cli/query_body.hpp"

#include "cli/parameter.hpp"
#include "cli/statement_splitter.hpp"
#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"

namespace sluice::cli {

namespace {

std::vector<std::string> split(std::string_view sql) {
  auto splitter = statement_splitter{sql.size()};
  auto result = std::vector<std::string>{};
  splitter.feed(sql);
  while (auto statement = splitter.next())
    result.push_back(std::move(statement->text));
  if (auto rest = splitter.finish())
    result.push_back(std::move(rest->text));
  // The server has the words for a text without a statement.
  if (result.empty())
    result.emplace_back(sql);
  return result;
}

} // namespace

result<std::string> query_body(std::string_view sql,
                               const std::vector<std::string>& parameters,
                               std::string_view format) {
  if (!codec::is_utf8(sql))
    return fail(exit_code::usage, "the SQL is not UTF-8");
  const auto statements = split(sql);
  auto body = codec::json_writer{};
  body.begin_object();
  if (statements.size() > 1) {
    body.key("queries");
    body.begin_array();
  }
  for (const auto& statement : statements) {
    if (statements.size() > 1)
      body.begin_object();
    body.key("sql");
    body.text(statement);
    if (&statement == &statements.back() && !parameters.empty()) {
      body.key("params");
      body.begin_array();
      for (const auto& text : parameters) {
        auto json = parameter_json(text);
        if (!json)
          return std::unexpected{std::move(json.error())};
        body.raw(*json);
      }
      body.end_array();
    }
    if (statements.size() > 1)
      body.end_object();
  }
  if (statements.size() > 1)
    body.end_array();
  body.key("results_format");
  body.text(format);
  body.end_object();
  return body.take();
}

} // namespace sluice::cli
