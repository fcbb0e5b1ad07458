#include "tests/fuzz/json_text.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace sluice::fuzz {

namespace {

struct value_printer {
  codec::json_writer& out;
  void operator()(std::monostate) const {
    out.null();
  }
  void operator()(std::int64_t x) const {
    out.integer(x);
  }
  void operator()(double x) const {
    out.real(x);
  }
  void operator()(const std::string& x) const {
    out.text(x);
  }
  void operator()(const codec::blob& x) const {
    out.bytes(x.bytes);
  }
};

std::string_view name_of(codec::results_format format) {
  switch (format) {
  case codec::results_format::array_of_objects:
    return "ARRAY_OF_OBJECTS";
  case codec::results_format::rows_and_columns:
    return "ROWS_AND_COLUMNS";
  default:
    return "NONE";
  }
}

void write_query(codec::json_writer& out, const codec::query& query) {
  out.key("sql");
  out.text(query.sql);
  out.key("params");
  write_parameters(out, query.params);
}

void write_named(codec::json_writer& out,
                 const codec::named_parameters& named) {
  out.begin_object();
  for (const auto& [name, x] : named) {
    out.key(name);
    write_value(out, x);
  }
  out.end_object();
}

} // namespace

bool is_json(std::string_view text) {
  auto stream = rapidjson::MemoryStream{text.data(), text.size()};
  auto reader = rapidjson::Reader{};
  auto ignore = rapidjson::BaseReaderHandler<>{};
  constexpr auto flags
      = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  const auto parsed = reader.Parse<flags>(stream, ignore);
  // It is one, as far as RapidJSON has looked.
  if (parsed.Code() == rapidjson::kParseErrorNumberTooBig)
    return true;
  // A NUL looks to RapidJSON like the end.
  return !parsed.IsError() && stream.Tell() == text.size();
}

void write_value(codec::json_writer& out, const codec::value& x) {
  std::visit(value_printer{out}, x);
}

void write_parameters(codec::json_writer& out,
                      const codec::parameters& params) {
  if (const auto* named = std::get_if<codec::named_parameters>(&params)) {
    write_named(out, *named);
    return;
  }
  out.begin_array();
  for (const auto& x : std::get<codec::positional_parameters>(params))
    write_value(out, x);
  out.end_array();
}

std::string encode(const codec::query_request& request) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("results_format");
  out.text(name_of(request.format));
  if (request.is_batch) {
    out.key("queries");
    out.begin_array();
    for (const auto& query : request.queries) {
      out.begin_object();
      write_query(out, query);
      out.end_object();
    }
    out.end_array();
  } else {
    write_query(out, request.queries.front());
  }
  out.end_object();
  return out.take();
}

std::string encode(const codec::exec_request& request) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("sql");
  out.text(request.sql);
  out.end_object();
  return out.take();
}

std::string encode(const codec::named_parameters& fields) {
  auto out = codec::json_writer{};
  write_named(out, fields);
  return out.take();
}

} // namespace sluice::fuzz
