#include "tests/fuzz/target.hpp"

#include <cstddef>
#include <cstdint>

// libFuzzer's name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto is_good
      = sluice::fuzz::run_input({reinterpret_cast<const char*>(data), size});
  // To libFuzzer -1 says that the input shall not get into the corpus.
  return is_good ? 0 : -1;
}
