#pragma once

#include <cstddef>
#include <string>

namespace sluice::messaging {

/// Removes what a log that begins a new file now and then has left behind:
/// files beside `log_file` whose name begins with its name and a dot, all but
/// the latest `keep`. Their names end with a time, so that they sort by age.
/// What cannot be removed stays.
void remove_old_logs(const std::string& log_file, std::size_t keep) noexcept;

} // namespace sluice::messaging
