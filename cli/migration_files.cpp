#include "cli/migration_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

namespace sluice::cli {

namespace {

constexpr auto extension = std::string_view{".sql"};
constexpr auto digits_min = std::size_t{4};

std::string_view without_extension(std::string_view name) noexcept {
  if (name.ends_with(extension))
    name.remove_suffix(extension.size());
  return name;
}

/// The number that a name begins with, before `_`.
std::optional<std::uint64_t> number_of(std::string_view name) noexcept {
  auto number = std::uint64_t{0};
  const auto* const begin = name.data();
  const auto* const end = begin + name.size();
  const auto [stop, problem] = std::from_chars(begin, end, number);
  if (problem != std::errc{} || stop == end || *stop != '_')
    return std::nullopt;
  return number;
}

bool may_stand_in_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

} // namespace

result<std::vector<migration_file>> find_migrations(const std::string& folder) {
  auto found = std::vector<migration_file>{};
  auto problem = std::error_code{};
  auto entries = std::filesystem::directory_iterator{folder, problem};
  if (problem)
    return fail(exit_code::usage, "cannot read the folder " + folder + ": "
                                      + problem.message()
                                      + "; another one is named by --folder");
  for (const auto end = std::filesystem::directory_iterator{}; entries != end;
       entries.increment(problem)) {
    if (problem)
      return fail(exit_code::usage, "cannot read the folder " + folder + ": "
                                        + problem.message());
    const auto file = entries->path().filename().string();
    const auto number = number_of(file);
    if (!file.ends_with(extension) || !number)
      continue;
    found.push_back({*number, std::string{without_extension(file)},
                     entries->path().string()});
  }
  std::ranges::sort(found, {}, &migration_file::number);
  const auto twice
      = std::ranges::adjacent_find(found, {}, &migration_file::number);
  if (twice != found.end())
    return fail(exit_code::usage,
                "two migrations have one number: " + twice->path + " and "
                    + std::next(twice)->path);
  return found;
}

std::string next_migration_name(const std::vector<migration_file>& known,
                                std::string_view title) {
  auto number = std::to_string(known.empty() ? 1 : known.back().number + 1);
  if (number.size() < digits_min)
    number.insert(0, digits_min - number.size(), '0');
  auto words = std::string{title};
  std::ranges::replace_if(
      words, [](char c) { return !may_stand_in_name(c); }, '_');
  return number + "_" + words + std::string{extension};
}

bool is_same_migration(std::string_view a, std::string_view b) noexcept {
  return without_extension(a) == without_extension(b);
}

} // namespace sluice::cli
