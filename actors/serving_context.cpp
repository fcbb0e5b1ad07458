#include "actors/serving_context.hpp"

namespace sluice::actors {

storage::connection_options
connection_options_of(const config::settings& settings,
                      storage::access access) {
  return {.access = access,
          .durability = settings.durability,
          .limits = settings.limits,
          .sqlite = settings.sqlite,
          .vfs = {}};
}

} // namespace sluice::actors
