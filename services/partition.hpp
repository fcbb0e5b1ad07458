#pragma once

#include <cstddef>
#include <string>

/// Requests for databases can come by several connections, so that a flood for
/// one database does not stand in front of those for others (ADR 0032). The
/// NATS server chooses by the database's name: it maps
///
///     sluice.db.<db>.query  to  sluice.partition.<n>.db.<db>.query
///
/// (https://docs.nats.io/nats-concepts/subject_mapping, "Deterministic subject
/// token partitioning").
namespace sluice::services {

/// One entry of `mappings` in the configuration of nats-server.
struct subject_mapping {
  std::string from;
  std::string to;
};

/// @param prefix the setting nats.subject_prefix.
/// @param count the setting nats.partitions, not 0.
[[nodiscard]] subject_mapping partition_mapping(const std::string& prefix,
                                                std::size_t count);

/// What the subjects of a partition begin with, in the place of `prefix`.
[[nodiscard]] std::string partition_prefix(const std::string& prefix,
                                           std::size_t number);

} // namespace sluice::services
