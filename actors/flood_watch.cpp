#include "actors/flood_watch.hpp"

#include <algorithm>

namespace sluice::actors {

void flood_watch::count(std::string_view database) {
  const auto counts_it = [database](const place& x) {
    return x.times > 0 && x.database == database;
  };
  if (const auto found = std::ranges::find_if(counted_, counts_it);
      found != counted_.end()) {
    ++found->times;
    return;
  }
  const auto is_free = [](const place& x) {
    return x.times == 0;
  };
  if (const auto found = std::ranges::find_if(counted_, is_free);
      found != counted_.end()) {
    found->database = database;
    found->times = 1;
    return;
  }
  for (auto& each : counted_)
    --each.times;
}

} // namespace sluice::actors
