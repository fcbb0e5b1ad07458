#pragma once

#include <filesystem>
#include <string>

namespace sluice::tests {

/// What is in a file; nothing if there is none.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& file);

/// Puts a text into a file, new or not. Fails loudly.
void write_text_file(const std::filesystem::path& file,
                     const std::string& text);

} // namespace sluice::tests
