#pragma once

#include "services/service.hpp"

namespace sluice::services {

/// `posts.*`: for trusted callers.
extern const service posts_service;

} // namespace sluice::services
