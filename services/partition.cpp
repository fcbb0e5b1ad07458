#include "services/partition.hpp"

namespace sluice::services {

subject_mapping partition_mapping(const std::string& prefix,
                                  std::size_t count) {
  return {prefix + ".db.*.>", prefix + ".partition.{{partition("
                                  + std::to_string(count)
                                  + ",1)}}.db.{{wildcard(1)}}.>"};
}

std::string partition_prefix(const std::string& prefix, std::size_t number) {
  return prefix + ".partition." + std::to_string(number);
}

} // namespace sluice::services
