#pragma once

#include "services/service_request.hpp"

#include <string_view>

namespace sluice::tests {

/// A request as ingress decodes it.
/// @param tail e.g. "users.get". Throws where there is no such operation, or
///   the body does not fit it.
[[nodiscard]] services::service_request
service_request_of(std::string_view tail, std::string_view body);

} // namespace sluice::tests
