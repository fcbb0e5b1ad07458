#include "codec/query_request.hpp"

#include "codec/json_value.hpp"
#include "codec/utf8.hpp"

#include <cstring>
#include <string>

namespace sluice::codec {

namespace {

using json::place;
using json::ondemand::json_type;

/// Which fields of an object have been there.
struct seen_fields {
  bool sql = false;
  bool params = false;
  bool format = false;
  bool queries = false;
};

std::unexpected<error> bad(std::string message) {
  return fail(error_code::bad_request, std::move(message));
}

result<void> see(bool& seen, std::string_view field, const place& where) {
  if (seen)
    return bad("the field '" + std::string{field} + "' stands twice in "
               + where.words());
  seen = true;
  return {};
}

result<std::string> read_sql(json::ondemand::value in, place where,
                             const decode_limits& limits) {
  where.field = "sql";
  auto sql = json::read_text(in, where);
  if (sql && limits.sql_bytes_max != 0 && sql->size() > limits.sql_bytes_max)
    return fail(error_code::too_large,
                where.words() + " is longer than limits.sql_bytes_max ("
                    + std::to_string(limits.sql_bytes_max) + " bytes)");
  return sql;
}

result<results_format> read_format(json::ondemand::value in) {
  auto text = json::read_text(in, {.field = "results_format"});
  if (!text)
    return std::unexpected{std::move(text.error())};
  if (*text == "ARRAY_OF_OBJECTS")
    return results_format::array_of_objects;
  if (*text == "ROWS_AND_COLUMNS")
    return results_format::rows_and_columns;
  if (*text == "NONE")
    return results_format::none;
  return bad("results_format must be ARRAY_OF_OBJECTS, ROWS_AND_COLUMNS or "
             "NONE");
}

/// Reads the members of one object of the request.
class object_reader {
public:
  object_reader(const decode_limits& limits, query_request& out)
      : limits_{limits}, out_{out} {
    // nop
  }

  /// `{"sql", "params"}` into `into`; with the fields of the outermost object
  /// where `where` is not in a batch.
  result<void> read(json::ondemand::object in, const place& where,
                    query& into) {
    auto seen = seen_fields{};
    for (auto member : in) {
      auto name = std::string_view{};
      if (const auto problem = member.unescaped_key().get(name))
        return json::not_json(problem);
      auto item = json::ondemand::value{};
      if (const auto problem = member.value().get(item))
        return json::not_json(problem);
      if (auto done = read_member(name, item, where, into, seen); !done)
        return done;
    }
    if (seen.queries) {
      if (seen.sql || seen.params)
        return bad("'queries' cannot stand beside 'sql' and 'params'");
      return {};
    }
    if (!seen.sql)
      return bad("the field 'sql' is missing in " + where.words());
    return {};
  }

  result<void> read_batch(json::ondemand::array in) {
    out_.is_batch = true;
    for (auto element : in) {
      const auto where
          = place{.field = {}, .statement = std::ssize(out_.queries)};
      if (limits_.batch_statements_max != 0
          && out_.queries.size() >= limits_.batch_statements_max)
        return fail(error_code::too_large,
                    "the batch has more than limits.batch_statements_max ("
                        + std::to_string(limits_.batch_statements_max)
                        + ") statements");
      auto item = json::ondemand::value{};
      if (const auto problem = element.get(item))
        return json::not_json(problem);
      auto type = json_type{};
      if (const auto problem = item.type().get(type))
        return json::not_json(problem);
      if (type != json_type::object)
        return json::wrong_type(where, "an object", type,
                                item.raw_json_token());
      auto object = json::ondemand::object{};
      if (const auto problem = item.get_object().get(object))
        return json::not_json(problem);
      auto& into = out_.queries.emplace_back();
      if (auto done = read(object, where, into); !done)
        return done;
    }
    if (out_.queries.empty())
      return bad("No SQL statements detected.");
    return {};
  }

private:
  result<void> read_member(std::string_view name, json::ondemand::value item,
                           place where, query& into, seen_fields& seen) {
    const auto is_outermost = where.statement < 0;
    if (name == "sql") {
      if (auto once = see(seen.sql, name, where); !once)
        return once;
      auto sql = read_sql(item, where, limits_);
      if (!sql)
        return std::unexpected{std::move(sql.error())};
      into.sql = std::move(*sql);
      return {};
    }
    if (name == "params") {
      if (auto once = see(seen.params, name, where); !once)
        return once;
      where.field = "params";
      auto params = json::read_parameters(item, where, limits_);
      if (!params)
        return std::unexpected{std::move(params.error())};
      into.params = std::move(*params);
      return {};
    }
    if (is_outermost && name == "results_format") {
      if (auto once = see(seen.format, name, where); !once)
        return once;
      auto format = read_format(item);
      if (!format)
        return std::unexpected{std::move(format.error())};
      out_.format = *format;
      return {};
    }
    if (is_outermost && name == "queries") {
      if (auto once = see(seen.queries, name, where); !once)
        return once;
      auto type = json_type{};
      if (const auto problem = item.type().get(type))
        return json::not_json(problem);
      if (type != json_type::array)
        return json::wrong_type({.field = "queries"}, "an array", type,
                                item.raw_json_token());
      auto array = json::ondemand::array{};
      if (const auto problem = item.get_array().get(array))
        return json::not_json(problem);
      return read_batch(array);
    }
    return bad("unknown field '" + abbreviate(name) + "'"
               + (is_outermost ? "" : " in " + where.words())
               + "; known are sql, params"
               + (is_outermost ? ", results_format, queries" : ""));
  }

  const decode_limits& limits_;
  query_request& out_;
};

} // namespace

struct request_decoder::impl {
  json::ondemand::parser parser;
  /// The text and simdjson's padding behind it.
  std::string buffer;
  json::ondemand::document document;

  result<json_type> open(std::string_view body) {
    buffer.resize(body.size() + simdjson::SIMDJSON_PADDING);
    if (!body.empty())
      std::memcpy(buffer.data(), body.data(), body.size());
    std::memset(buffer.data() + body.size(), 0, simdjson::SIMDJSON_PADDING);
    if (const auto problem
        = parser.iterate(buffer.data(), body.size(), buffer.size())
              .get(document))
      return json::not_json(problem);
    auto type = json_type{};
    if (const auto problem = document.type().get(type))
      return json::not_json(problem);
    return type;
  }

  /// For requests that are one object.
  result<json::ondemand::object> open_object(std::string_view body) {
    auto type = open(body);
    if (!type)
      return std::unexpected{std::move(type.error())};
    if (*type != json_type::object)
      return json::wrong_type({}, "an object", *type, scalar_token());
    auto object = json::ondemand::object{};
    if (const auto problem = document.get_object().get(object))
      return json::not_json(problem);
    return object;
  }

  /// The text of a document that is no object or array; else it is not asked
  /// for.
  std::string_view scalar_token() noexcept {
    auto token = std::string_view{};
    // Without a token there is nothing to find fault with but the type.
    if (document.raw_json_token().get(token) != simdjson::SUCCESS)
      return {};
    return token;
  }

  /// On-demand parsing does not look behind the value by itself.
  result<void> close() {
    const char* rest = nullptr;
    const auto problem = document.current_location().get(rest);
    if (problem != simdjson::OUT_OF_BOUNDS)
      return json::not_json(simdjson::TRAILING_CONTENT);
    return {};
  }
};

request_decoder::request_decoder() : impl_{std::make_unique<impl>()} {
  // nop
}

request_decoder::~request_decoder() = default;
request_decoder::request_decoder(request_decoder&&) noexcept = default;
request_decoder& request_decoder::operator=(request_decoder&&) noexcept
    = default;

result<query_request>
request_decoder::decode_query(std::string_view body,
                              const decode_limits& limits) {
  auto type = impl_->open(body);
  if (!type)
    return std::unexpected{std::move(type.error())};
  auto result = query_request{};
  auto reader = object_reader{limits, result};
  if (*type == json_type::array) {
    auto array = json::ondemand::array{};
    if (const auto problem = impl_->document.get_array().get(array))
      return json::not_json(problem);
    if (auto done = reader.read_batch(array); !done)
      return std::unexpected{std::move(done.error())};
  } else if (*type == json_type::object) {
    auto object = json::ondemand::object{};
    if (const auto problem = impl_->document.get_object().get(object))
      return json::not_json(problem);
    auto single = query{};
    if (auto done = reader.read(object, {}, single); !done)
      return std::unexpected{std::move(done.error())};
    if (!result.is_batch)
      result.queries.push_back(std::move(single));
  } else {
    return json::wrong_type({}, "an object or an array", *type,
                            impl_->scalar_token());
  }
  if (auto whole = impl_->close(); !whole)
    return std::unexpected{std::move(whole.error())};
  return result;
}

result<exec_request> request_decoder::decode_exec(std::string_view body,
                                                  const decode_limits& limits) {
  auto object = impl_->open_object(body);
  if (!object)
    return std::unexpected{std::move(object.error())};
  auto result = exec_request{};
  auto is_there = false;
  for (auto member : *object) {
    auto name = std::string_view{};
    if (const auto problem = member.unescaped_key().get(name))
      return json::not_json(problem);
    if (name != "sql")
      return bad("unknown field '" + abbreviate(name) + "'; known is sql");
    if (auto once = see(is_there, name, {}); !once)
      return std::unexpected{std::move(once.error())};
    auto item = json::ondemand::value{};
    if (const auto problem = member.value().get(item))
      return json::not_json(problem);
    auto sql = json::read_text(item, {.field = "sql"});
    if (!sql)
      return std::unexpected{std::move(sql.error())};
    result.sql = std::move(*sql);
  }
  if (auto whole = impl_->close(); !whole)
    return std::unexpected{std::move(whole.error())};
  if (!is_there)
    return bad("the field 'sql' is missing in the request");
  // A script is many statements; each is bound by SQLite's own limit.
  const auto statements_max = limits.batch_statements_max;
  const auto bytes_max = limits.sql_bytes_max;
  if (bytes_max != 0 && statements_max != 0
      && result.sql.size() / bytes_max >= statements_max
      && result.sql.size() > bytes_max * statements_max)
    return fail(error_code::too_large,
                "sql is longer than limits.sql_bytes_max ("
                    + std::to_string(bytes_max)
                    + " bytes) times limits.batch_statements_max ("
                    + std::to_string(statements_max) + ")");
  return result;
}

result<named_parameters>
request_decoder::decode_fields(std::string_view body,
                               const decode_limits& limits) {
  if (body.empty())
    return named_parameters{};
  auto object = impl_->open_object(body);
  if (!object)
    return std::unexpected{std::move(object.error())};
  auto result = json::read_named(*object, {}, limits);
  if (!result)
    return result;
  if (auto whole = impl_->close(); !whole)
    return std::unexpected{std::move(whole.error())};
  return result;
}

result<request_object>
request_decoder::decode_object(std::string_view body,
                               const decode_limits& limits) {
  if (body.empty())
    return request_object{};
  auto object = impl_->open_object(body);
  if (!object)
    return std::unexpected{std::move(object.error())};
  auto result = json::read_object(*object, {}, limits);
  if (!result)
    return result;
  if (auto whole = impl_->close(); !whole)
    return std::unexpected{std::move(whole.error())};
  return result;
}

} // namespace sluice::codec
