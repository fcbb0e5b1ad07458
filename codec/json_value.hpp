#pragma once

#include "codec/error.hpp"
#include "codec/query_request.hpp"
#include "codec/value.hpp"

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

/// Reading of JSON values with the protocol's rules. Only for codec's own
/// sources: it is the one header that knows simdjson, whose values live as
/// long as the document and are read once.
namespace sluice::codec::json {

namespace ondemand = simdjson::ondemand;

/// Where a value stands, for messages; worded only when there is an error.
struct place {
  /// "sql", "params", …
  std::string_view field;
  /// The statement's index in a batch, or -1.
  std::ptrdiff_t statement = -1;
  /// The parameter's index, or -1.
  std::ptrdiff_t parameter = -1;
  /// The name of a parameter, or of a field of a flat object.
  std::string_view member = {};

  /// e.g. queries[3].params[1] or params.id
  [[nodiscard]] std::string words() const;
};

[[nodiscard]] std::unexpected<error> not_json(simdjson::error_code problem);

/// What `where` must be, and what it is instead. `token` is its raw text: a
/// word that is no JSON at all, e.g. `nope`, is said to be just that.
[[nodiscard]] std::unexpected<error> wrong_type(const place& where,
                                                std::string_view expected,
                                                ondemand::json_type actual,
                                                std::string_view token);

/// "a string", "an array", … for messages.
[[nodiscard]] std::string_view type_name(ondemand::json_type type) noexcept;

/// One parameter, by the protocol's table.
[[nodiscard]] result<value> read_value(ondemand::value in, const place& where,
                                       const decode_limits& limits);

/// A text.
[[nodiscard]] result<std::string> read_text(ondemand::value in,
                                            const place& where);

/// The value of "params": an array, an object or null.
[[nodiscard]] result<parameters> read_parameters(ondemand::value in,
                                                 const place& where,
                                                 const decode_limits& limits);

/// The members of an object as named values; duplicates are refused.
[[nodiscard]] result<named_parameters> read_named(ondemand::object in,
                                                  const place& where,
                                                  const decode_limits& limits);

/// The members of an object, for the services; duplicates are refused.
[[nodiscard]] result<request_object> read_object(ondemand::object in,
                                                 const place& where,
                                                 const decode_limits& limits);

} // namespace sluice::codec::json
