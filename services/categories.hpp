#pragma once

#include "services/service.hpp"

namespace sluice::services {

/// `categories.*`: of posts; for trusted callers.
extern const service categories_service;

} // namespace sluice::services
