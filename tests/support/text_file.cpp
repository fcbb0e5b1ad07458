#include "tests/support/text_file.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sluice::tests {

std::string read_text_file(const std::filesystem::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_text_file(const std::filesystem::path& file,
                     const std::string& text) {
  auto out = std::ofstream{file, std::ios::binary};
  if (!(out << text) || !out.flush())
    throw std::runtime_error{"cannot write " + file.string()};
}

} // namespace sluice::tests
