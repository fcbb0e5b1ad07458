#pragma once

#include "codec/error.hpp"
#include "codec/request_object.hpp"
#include "codec/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Decoding of what clients send to `db.<db>.query` and `db.<db>.exec`.
namespace sluice::codec {

/// Shape of "results" in a reply.
enum class results_format : std::uint8_t {
  array_of_objects, ///< [{"id": 7}]
  rows_and_columns, ///< {"columns": ["id"], "rows": [[7]]}
  none,             ///< Rows are not sent: [].
};

/// One element of a batch, or the only one.
struct query {
  std::string sql;
  parameters params;
};

/// The body of a request to `db.<db>.query`.
struct query_request {
  std::vector<query> queries;
  results_format format = results_format::array_of_objects;
  /// The request was a JSON array or had "queries": the reply is an array.
  bool is_batch = false;
};

/// The body of a request to `db.<db>.exec`.
struct exec_request {
  std::string sql;
};

/// The bounds a decoder enforces; 0 is no bound.
struct decode_limits {
  std::size_t sql_bytes_max = 0;
  std::size_t parameters_max = 0;
  std::size_t batch_statements_max = 0;
  /// One string or BLOB parameter.
  std::size_t value_bytes_max = 0;
};

/// Turns JSON into requests. Keeps one simdjson parser and one padded buffer
/// that are used again, so it belongs to one thread.
///
/// Every failure is `bad_request` and names the field, or `too_large` and
/// names the limit. Unknown fields and duplicate fields are refused.
class request_decoder {
public:
  request_decoder();
  ~request_decoder();
  request_decoder(request_decoder&&) noexcept;
  request_decoder& operator=(request_decoder&&) noexcept;

  /// @param body JSON text in any encoding of bytes; copied before parsing.
  [[nodiscard]] result<query_request> decode_query(std::string_view body,
                                                   const decode_limits& limits);

  [[nodiscard]] result<exec_request> decode_exec(std::string_view body,
                                                 const decode_limits& limits);

  /// A small object of named fields, for `databases.*` and the like.
  /// An empty body counts as `{}`.
  [[nodiscard]] result<named_parameters>
  decode_fields(std::string_view body, const decode_limits& limits);

  /// An object of fields whose types are looked at later, for the services.
  /// An empty body counts as `{}`.
  [[nodiscard]] result<request_object>
  decode_object(std::string_view body, const decode_limits& limits);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::codec
