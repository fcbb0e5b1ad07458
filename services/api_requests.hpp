#pragma once

#include "codec/error.hpp"
#include "codec/yaml_writer.hpp"
#include "services/endpoint.hpp"

#include <string_view>
#include <vector>

/// What each request takes and gives, services or not.
namespace sluice::services {

/// The mapping `payload` of a request.
void write_request_payload(codec::yaml_writer& out, const endpoint& row);

/// The mapping `payload` of its reply, or of the last message of a stream.
void write_reply_payload(codec::yaml_writer& out, const endpoint& row);

/// The names of headers, in the order in which they are told.
[[nodiscard]] std::vector<std::string_view>
request_headers_of(const endpoint& row);
/// Those without which it is refused.
[[nodiscard]] std::vector<std::string_view>
required_headers_of(const endpoint& row);
[[nodiscard]] std::vector<std::string_view>
reply_headers_of(const endpoint& row);

/// The codes that it may fail with.
[[nodiscard]] std::vector<codec::error_code> failures_of(const endpoint& row);

/// Whether its reply may come in parts.
[[nodiscard]] bool may_stream(const endpoint& row) noexcept;

} // namespace sluice::services
