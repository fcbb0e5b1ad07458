#include "cli/sql_source.hpp"

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <system_error>

namespace sluice::cli {

namespace {

namespace fs = std::filesystem;

std::uint64_t size_of(const std::string& file) {
  auto problem = std::error_code{};
  if (!fs::is_regular_file(file, problem))
    return 0;
  const auto bytes = fs::file_size(file, problem);
  return problem ? 0 : static_cast<std::uint64_t>(bytes);
}

} // namespace

result<sql_source> sql_source::open(const std::string& file) {
  auto result = sql_source{};
  result.is_stdin_ = file == "-";
  result.name_ = result.is_stdin_ ? "standard input" : file;
  if (result.is_stdin_)
    return result;
  errno = 0;
  result.file_.open(file, std::ios::binary);
  if (!result.file_.is_open())
    return fail(exit_code::usage, "cannot read " + file + ": "
                                      + std::generic_category().message(errno));
  result.bytes_ = size_of(file);
  return result;
}

std::istream& sql_source::stream() noexcept {
  if (is_stdin_)
    return std::cin;
  return file_;
}

} // namespace sluice::cli
