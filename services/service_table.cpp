#include "services/service_table.hpp"

#include "services/analytics.hpp"
#include "services/auth.hpp"
#include "services/categories.hpp"
#include "services/me.hpp"
#include "services/posts.hpp"
#include "services/users.hpp"

#include <array>

namespace sluice::services {

namespace {

// To serve another service, add its row here.
constexpr auto table = std::array{
    &users_service, &posts_service, &categories_service,
    &auth_service,  &me_service,    &analytics_service,
};

} // namespace

std::span<const service* const> service_table() noexcept {
  return table;
}

} // namespace sluice::services
