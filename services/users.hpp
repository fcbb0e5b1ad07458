#pragma once

#include "services/service.hpp"

namespace sluice::services {

/// `users.*`: for trusted callers.
extern const service users_service;

} // namespace sluice::services
