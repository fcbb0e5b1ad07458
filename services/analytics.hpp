#pragma once

#include "services/service.hpp"

namespace sluice::services {

/// `analytics.*`: numbers out of the totals that triggers keep. The last 30
/// days are today and the 29 days before, in UTC.
extern const service analytics_service;

} // namespace sluice::services
