#pragma once

#include "services/service.hpp"

namespace sluice::services {

/// `tags.*`: a service that is not Sluice's own, as docs/adding-a-service.md
/// shows it.
extern const service tags_service;

} // namespace sluice::services
