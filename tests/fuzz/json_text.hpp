#pragma once

#include "codec/json_writer.hpp"
#include "codec/query_request.hpp"
#include "codec/value.hpp"

#include <string>
#include <string_view>

/// JSON by another implementation than the one that reads clients' requests.
namespace sluice::fuzz {

/// One JSON text and nothing else (RFC 8259), in UTF-8. By RapidJSON, which
/// gives up at numbers like 0e309: what begins with such a text counts, too.
[[nodiscard]] bool is_json(std::string_view text);

/// A value as a client may write it.
void write_value(codec::json_writer& out, const codec::value& x);

/// The member "params".
void write_parameters(codec::json_writer& out, const codec::parameters& params);

/// A request as a client may write it. Two requests are equal if these texts
/// are.
[[nodiscard]] std::string encode(const codec::query_request& request);
[[nodiscard]] std::string encode(const codec::exec_request& request);
[[nodiscard]] std::string encode(const codec::named_parameters& fields);

} // namespace sluice::fuzz
