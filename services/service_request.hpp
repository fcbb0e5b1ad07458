#pragma once

#include "codec/error.hpp"
#include "codec/request_object.hpp"
#include "codec/value.hpp"
#include "services/field.hpp"
#include "services/service.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace sluice::services {

/// A request of a service, decoded and checked.
struct service_request {
  /// Lives as long as the program.
  const services::operation* operation = nullptr;
  services::arguments arguments;
  /// Values that are no fields: what `prepare` made, what came out of an
  /// earlier stage. Statements name them as they name fields.
  codec::named_parameters extra = {};

  /// The value of a field or of `extra`; null where there is none of that name.
  [[nodiscard]] const codec::value*
  find_value(std::string_view name) const noexcept;
  /// The request has the field, or it is a flag that is true.
  [[nodiscard]] bool has(std::string_view name) const noexcept;
  [[nodiscard]] const argument* find(std::string_view field) const noexcept;
  /// Of a field that the declaration has: 0 and "" where it is missing.
  [[nodiscard]] std::int64_t integer(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view text(std::string_view name) const noexcept;
};

/// Checks what a client sent against the operation's rules.
[[nodiscard]] codec::result<service_request>
decode_service(const operation& operation, codec::request_object&& object,
               const field_limits& limits = {});

/// Where the values of a request, or of an element of its list, are found;
/// null: it has none of that name.
using value_finder = std::function<const codec::value*(std::string_view name)>;

/// The error for a row that is not there: "no user with the id 7".
[[nodiscard]] codec::error missing(const missing_row& what,
                                   const value_finder& find);
[[nodiscard]] codec::error missing(const missing_row& what,
                                   const service_request& request);

/// A failure of a statement in the operation's own words, where it has some.
[[nodiscard]] codec::error worded(const operation& operation,
                                  codec::error failure,
                                  const value_finder& find);

/// The SQL of a step, with the parts that stand for this request.
/// @param buffer holds the text where it has such parts.
/// @return valid as long as the buffer is not changed.
[[nodiscard]] std::string_view sql_for(std::string_view sql,
                                       const service_request& request,
                                       std::string& buffer);

} // namespace sluice::services
