#pragma once

#include "services/service.hpp"

#include <span>

namespace sluice::services {

/// Every service. To add one, write its pair of files and add its row in
/// service_table.cpp; subjects, subscriptions, counters and discovery follow.
[[nodiscard]] std::span<const service* const> service_table() noexcept;

} // namespace sluice::services
