#include "cli/output_target.hpp"

#include "cli/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace sluice::cli {

namespace {

namespace fs = std::filesystem;

std::unexpected<failure> cannot_write(const std::string& name) {
  return fail(exit_code::refused,
              "cannot write " + name + ": " + std::strerror(errno));
}

fs::path resolved(const fs::path& path) {
  auto problem = std::error_code{};
  auto result = fs::weakly_canonical(path, problem);
  return problem ? path : result;
}

} // namespace

output_target::special_file::special_file(special_file&& other) noexcept
    : file_{std::exchange(other.file_, -1)} {
  // nop
}

output_target::special_file&
output_target::special_file::operator=(special_file&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

output_target::special_file::~special_file() {
  std::ignore = close();
}

bool output_target::special_file::close() noexcept {
  return file_ < 0 || ::close(std::exchange(file_, -1)) == 0;
}

result<output_target> output_target::find(const std::string& path) {
  auto found = output_target{};
  found.name_ = path;
  if (path.empty() || path == "-")
    return found;
  found.path_ = resolved(path);
  auto problem = std::error_code{};
  const auto status = fs::status(path, problem);
  if (fs::is_directory(status))
    return fail(exit_code::usage, path
                                      + " is a folder; --output takes the name "
                                        "of a file");
  const auto is_special = fs::exists(status) && !fs::is_regular_file(status);
  found.what_ = is_special ? kind::special : kind::file;
  return found;
}

fs::path output_target::folder() const {
  if (is_file())
    return path_.parent_path();
  auto problem = std::error_code{};
  return fs::temp_directory_path(problem);
}

result<void> output_target::begin() {
  if (is_file()) {
    auto made = unfinished_file::make(folder());
    if (!made)
      return std::unexpected{std::move(made.error())};
    unfinished_ = std::move(*made);
  } else if (what_ == kind::special) {
    const auto file = ::open(name_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
      return cannot_write(name_);
    special_.emplace(file);
  }
  return {};
}

result<void> output_target::write(std::string_view bytes) {
  if (unfinished_)
    return unfinished_->write(bytes);
  if (special_)
    return write_special(special_->file(), bytes);
  print(bytes);
  if (can_print())
    return {};
  return fail(exit_code::refused, "cannot write the output");
}

result<void> output_target::write_special(int file,
                                          std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return cannot_write(name_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

result<void> output_target::finish() {
  if (unfinished_)
    return unfinished_->finish_as(path_);
  if (special_ && !special_->close())
    return cannot_write(name_);
  return {};
}

} // namespace sluice::cli
