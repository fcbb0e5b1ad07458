#pragma once

#include "services/service.hpp"

namespace sluice::services {

/// `me.*`: an end user's own account and posts. The token says whose.
extern const service me_service;

} // namespace sluice::services
