#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

/// Runs each file of the folders, or each of the files, that it is given
/// through a fuzzer's target: what libFuzzer does where there is libFuzzer.

// libFuzzer's name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

/// What libFuzzer has for targets that change inputs by themselves, which here
/// nobody asks them to do.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size,
                                        std::size_t) {
  return size;
}

namespace {

void run_file(const std::filesystem::path& path) {
  auto file = std::ifstream{path, std::ios::binary};
  file.exceptions(std::ios::badbit | std::ios::failbit);
  const auto size = std::filesystem::file_size(path);
  // Just as large as the input, so that AddressSanitizer sees its end.
  auto bytes = std::vector<char>(size);
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  // What ends the process on the way is about this file.
  std::fprintf(stderr, "%s\n", path.c_str());
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                         bytes.size());
}

} // namespace

int main(int count, char** arguments) {
  auto files = std::size_t{0};
  for (auto i = 1; i < count; ++i) {
    if (!std::filesystem::is_directory(arguments[i])) {
      run_file(arguments[i]);
      ++files;
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator{arguments[i]})
      if (entry.is_regular_file()) {
        run_file(entry.path());
        ++files;
      }
  }
  std::fprintf(stderr, "%zu inputs\n", files);
  // Without an input nothing was proved.
  return files == 0 ? 1 : 0;
}
