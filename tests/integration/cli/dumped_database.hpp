#pragma once

#include <string>

namespace sluice::tests {

/// All that a database holds, as text to compare: its schema and the rows of
/// its tables, with the types of all values, from the bytes that
/// `sluice.db.<database>.dump` sends.
[[nodiscard]] std::string content_of(const std::string& url,
                                     const std::string& database);

/// The same of a file.
[[nodiscard]] std::string content_of_file(const std::string& path);

} // namespace sluice::tests
