#pragma once

#include "config/settings.hpp"

#include <cstddef>
#include <cstdint>

namespace sluice::cli {

/// Raises the soft limit of open files (`ulimit -n`) to the hard one, but not
/// beyond a million. Child processes inherit it.
/// @return the soft limit from now on.
[[nodiscard]] std::uint64_t raise_descriptor_limit() noexcept;

/// How many files may be open with these settings.
[[nodiscard]] std::uint64_t descriptors_wanted(const config::settings& settings,
                                               std::size_t readers) noexcept;

/// Raises it, and says in the log what it is, and whether that may be too
/// little.
void provide_descriptors(const config::settings& settings, std::size_t readers);

} // namespace sluice::cli
