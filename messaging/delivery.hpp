#pragma once

#include <cstdint>

namespace sluice::messaging {

/// Which threads call the handlers of a connection's subscriptions.
enum class delivery : std::uint8_t {
  shared, ///< One for all connections of the process that say so.
  own,    ///< One for each subscription.
  spare,  ///< The same, but they give way to all others that deliver.
};

} // namespace sluice::messaging
