#include "codec/query_request.hpp"
#include "services/databases.hpp"
#include "services/endpoint.hpp"
#include "services/running.hpp"
#include "services/service_request.hpp"
#include "services/service_table.hpp"
#include "services/statement_kind.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/fuzz/json_text.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The body of a request, as any endpoint decodes it.
namespace sluice::fuzz {

namespace {

using codec::decode_limits;
using codec::error_code;

constexpr auto unlimited = decode_limits{};
constexpr auto tight = decode_limits{.sql_bytes_max = 24,
                                     .parameters_max = 4,
                                     .batch_statements_max = 3,
                                     .value_bytes_max = 8};

struct value_size {
  std::size_t operator()(const std::string& x) const noexcept {
    return x.size();
  }
  std::size_t operator()(const codec::blob& x) const noexcept {
    return x.bytes.size();
  }
  template <class Scalar>
  std::size_t operator()(const Scalar&) const noexcept {
    return 0;
  }
};

void expect_within(const codec::value& x) {
  expect(std::visit(value_size{}, x) <= tight.value_bytes_max,
         "a value is within value_bytes_max");
}

void expect_within(const codec::named_parameters& named) {
  expect(named.size() <= tight.parameters_max,
         "the names are within parameters_max");
  for (const auto& [name, x] : named)
    expect_within(x);
}

void expect_within(const codec::query_request& request) {
  expect(!request.queries.empty(), "a request has a statement");
  expect(request.is_batch || request.queries.size() == 1,
         "what is no batch is one statement");
  expect(request.queries.size() <= tight.batch_statements_max,
         "a batch is within batch_statements_max");
  for (const auto& query : request.queries) {
    expect(query.sql.size() <= tight.sql_bytes_max,
           "the text is within sql_bytes_max");
    if (const auto* named = std::get_if<codec::named_parameters>(&query.params))
      return expect_within(*named);
    const auto& positional
        = std::get<codec::positional_parameters>(query.params);
    expect(positional.size() <= tight.parameters_max,
           "the parameters are within parameters_max");
    for (const auto& x : positional)
      expect_within(x);
  }
}

void expect_within(const codec::exec_request& request) {
  expect(request.sql.size() <= tight.sql_bytes_max * tight.batch_statements_max,
         "a script is within sql_bytes_max times batch_statements_max");
}

/// What holds for each way to decode a body.
/// @param decode takes a decoder, a body and limits.
/// @return what it is without limits.
template <class Decode>
auto check(std::string_view body, Decode decode) {
  static auto used = codec::request_decoder{};
  auto fresh = codec::request_decoder{};
  auto whole = decode(used, body, unlimited);
  const auto limited = decode(used, body, tight);
  const auto again = decode(fresh, body, unlimited);
  expect(whole.has_value() == again.has_value(),
         "a used decoder decodes what a fresh one does");
  if (!limited) {
    expect_refusal(limited.error());
    expect(!whole || limited.error().code == error_code::too_large,
           "what only a limit refuses is too_large", limited.error().message);
  } else {
    expect_within(*limited);
    expect(whole.has_value(), "what is within the limits is well formed");
    expect(encode(*whole) == encode(*limited),
           "limits change nothing of what is within them");
  }
  if (!whole) {
    expect_refusal(whole.error());
    expect(whole.error().message == again.error().message,
           "a refusal is the same a second time", whole.error().message);
    return whole;
  }
  const auto text = encode(*whole);
  expect(text == encode(*again), "a request is the same a second time", text);
  const auto back = decode(used, text, unlimited);
  expect(back && encode(*back) == text,
         "a request that is written again comes back equal", text);
  return whole;
}

template <class T>
void check_fields(codec::result<T> decoded) {
  if (!decoded) {
    expect_refusal(decoded.error());
    return;
  }
  if constexpr (requires { decoded->per_page; })
    expect(decoded->page >= 1 && decoded->per_page >= 1
               && decoded->per_page <= services::databases_per_page_max,
           "pages are bounded");
  else if constexpr (!requires { decoded->uuid; })
    expect(services::is_database_name(decoded->name),
           "a database's name keeps the rule", decoded->name);
}

/// One of the services' operations, which the input chooses.
const services::operation& chosen_operation(std::string_view input) {
  static const auto operations = [] {
    auto all = std::vector<const services::operation*>{};
    for (const auto* service : services::service_table())
      for (const auto& each : service->operations)
        all.push_back(&each);
    return all;
  }();
  auto sum = input.size();
  for (const auto c : input)
    sum += static_cast<unsigned char>(c);
  return *operations[sum % operations.size()];
}

/// A request of a service: what its fields take makes whole statements.
void check_service(std::string_view input) {
  static auto decoder = codec::request_decoder{};
  auto object = decoder.decode_object(input, unlimited);
  if (!object) {
    expect_refusal(object.error());
    return;
  }
  const auto& operation = chosen_operation(input);
  const auto request = services::decode_service(operation, std::move(*object));
  if (!request) {
    expect_refusal(request.error());
    return;
  }
  expect(is_json(input) || input.empty(), "what a service takes is JSON");
  auto buffer = std::string{};
  for (const auto& step : operation.steps)
    expect(!services::sql_for(step.sql, *request, buffer).contains('['),
           "no part of a statement stays open", buffer);
  const auto match = request->text("match");
  expect(std::ranges::count(match, '"') % 2 == 0,
         "strings of a search are closed", std::string{match});
}

} // namespace

bool run_input(std::string_view input) {
  check_service(input);
  const auto query
      = check(input, [](auto& decoder, auto body, const auto& limits) {
          return decoder.decode_query(body, limits);
        });
  const auto script
      = check(input, [](auto& decoder, auto body, const auto& limits) {
          return decoder.decode_exec(body, limits);
        });
  const auto fields
      = check(input, [](auto& decoder, auto body, const auto& limits) {
          return decoder.decode_fields(body, limits);
        });
  const auto is_decoded
      = query.has_value() || script.has_value() || fields.has_value();
  expect(!is_decoded || input.empty() || is_json(input),
         "what is decoded is JSON");
  if (query)
    static_cast<void>(services::looks_like_read(*query));
  if (script)
    expect(query.has_value(), "a script's fields are a query's, too");
  if (!fields)
    return true;
  check_fields(services::decode_create_database(*fields));
  check_fields(services::decode_get_database(*fields));
  check_fields(services::decode_list_databases(*fields));
  check_fields(services::decode_delete_database(*fields));
  const auto cancelled = services::decode_cancel(*fields);
  if (!cancelled)
    expect_refusal(cancelled.error());
  expect(!cancelled || !cancelled->empty(), "an id is not empty");
  if (const auto running = services::decode_running(*fields); !running)
    expect_refusal(running.error());
  else
    expect(fields->empty(), "what runs is asked for without fields");
  return true;
}

} // namespace sluice::fuzz
