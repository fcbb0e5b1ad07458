#pragma once

#include "services/service.hpp"

namespace sluice::services {

/// `auth.*`: accounts, logins and tokens (docs/authentication.md).
extern const service auth_service;

} // namespace sluice::services
