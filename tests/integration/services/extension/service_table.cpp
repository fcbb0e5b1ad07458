#include "services/service_table.hpp"

#include "services/users.hpp"
#include "tests/integration/services/extension/tags.hpp"

#include <array>

namespace sluice::services {

namespace {

// The row that makes it a service.
constexpr auto table = std::array{
    &users_service,
    &tags_service,
};

} // namespace

std::span<const service* const> service_table() noexcept {
  return table;
}

} // namespace sluice::services
