#include "bench/temporary_folder.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace sluice::bench {

temporary_folder::temporary_folder(std::filesystem::path path)
    : path_{std::move(path)} {}

result<temporary_folder>
temporary_folder::create(const std::filesystem::path& parent) {
  auto error = std::error_code{};
  const auto absolute
      = std::filesystem::absolute(parent, error).lexically_normal();
  if (error)
    return fail(parent.string() + ": " + error.message());
  auto name = (absolute / "sluice-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    return fail("cannot make a folder in " + absolute.string() + ": "
                + std::strerror(errno));
  return temporary_folder{std::filesystem::path{name}};
}

temporary_folder::temporary_folder(temporary_folder&& other) noexcept {
  path_.swap(other.path_);
}

temporary_folder&
temporary_folder::operator=(temporary_folder&& other) noexcept {
  path_.swap(other.path_);
  return *this;
}

temporary_folder::~temporary_folder() {
  if (path_.empty())
    return;
  auto error = std::error_code{};
  std::filesystem::remove_all(path_, error);
  if (error)
    std::fprintf(stderr, "sluice-bench: cannot remove %s: %s\n", path_.c_str(),
                 error.message().c_str());
}

} // namespace sluice::bench
