#include "tests/support/text_file.hpp"

#include <fstream>
#include <iterator>

namespace sluice::tests {

std::string read_text_file(const std::filesystem::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace sluice::tests
