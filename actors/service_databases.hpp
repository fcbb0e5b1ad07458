#pragma once

#include "config/settings.hpp"

#include <set>
#include <string>
#include <string_view>

namespace sluice::actors {

/// The databases that services may work on. NATS permits by subject, and the
/// database of a service's request is in a header: without this, whoever may
/// register accounts in one database could do so in all of them, and their
/// tables would be made there.
class service_databases {
public:
  explicit service_databases(const config::service_settings& settings);

  [[nodiscard]] bool contains(std::string_view name) const {
    return are_all_ || names_.contains(name);
  }

private:
  std::set<std::string, std::less<>> names_;
  bool are_all_ = false;
};

} // namespace sluice::actors
