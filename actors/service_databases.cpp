#include "actors/service_databases.hpp"

#include "config/text_list.hpp"

namespace sluice::actors {

service_databases::service_databases(const config::service_settings& settings)
    : names_{settings.database} {
  for (auto& name : config::split_list(settings.databases))
    names_.insert(std::move(name));
  are_all_ = names_.contains("*");
}

} // namespace sluice::actors
