#pragma once

namespace sluice::messaging {

/// Has the calling thread give way where cores are scarce: those that take
/// requests in to those that serve them. Otherwise a flood of cheap requests,
/// each of which is refused at little cost, takes the time of what is served
/// (docs/adr/0015). Linux counts this for each thread; without effect where it
/// is not permitted.
void give_way() noexcept;

} // namespace sluice::messaging
