#pragma once

#include "tests/actors/serving_fixture.hpp"

#include <string>

namespace sluice::tests {

/// A request for a hash that no client can send: its worker throws, as it would
/// for lack of memory.
[[nodiscard]] actors::job_ptr make_deadly(serving_fixture& fixture,
                                          const std::string& reply_to);

} // namespace sluice::tests
