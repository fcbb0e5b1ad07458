#pragma once

#include "storage/exported_schema.hpp"

#include <cstddef>
#include <vector>

namespace sluice::storage {

/// Tables that refer to one another in a circle, or one table by itself.
using table_group = std::vector<const exported_table*>;

/// In which order rows can be inserted: a table comes after all that its
/// foreign keys refer to, and otherwise where it stands in `tables`. Of tables
/// in a circle none can be the first: they come as one group.
/// @param tables outlive the result.
[[nodiscard]] std::vector<table_group>
order_by_foreign_keys(const std::vector<const exported_table*>& tables);

} // namespace sluice::storage
