#include "cli/migration_files.hpp"

#include "cli/lower_case.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>

namespace sluice::cli {

namespace {

namespace fs = std::filesystem;

constexpr auto extension = std::string_view{".sql"};
constexpr auto digits_min = std::size_t{4};

std::string_view without_extension(std::string_view name) noexcept {
  if (name.ends_with(extension))
    name.remove_suffix(extension.size());
  return name;
}

bool has_extension(std::string_view name) {
  auto end = std::string{
      name.substr(name.size() - std::min(name.size(), extension.size()))};
  std::ranges::transform(end, end.begin(), lower);
  return end == extension;
}

/// The number that a name begins with.
std::optional<std::uint64_t> number_of(std::string_view name) noexcept {
  auto number = std::uint64_t{0};
  const auto* const begin = name.data();
  const auto* const end = begin + name.size();
  const auto [stop, problem] = std::from_chars(begin, end, number);
  if (problem != std::errc{} || stop == end)
    return std::nullopt;
  return number;
}

std::unexpected<failure> not_understood(const fs::path& path,
                                        const std::string& why) {
  return fail(exit_code::usage,
              path.string() + " is not understood: " + why
                  + ". A migration is a file NNNN_name.sql, or a folder "
                    "NNNN_name with the file migration.sql; what begins with "
                    "another number comes in its order");
}

/// Whether a folder, or one in it, has files of SQL.
bool holds_sql(const fs::path& folder) {
  auto problem = std::error_code{};
  auto entries = fs::recursive_directory_iterator{folder, problem};
  for (const auto end = fs::recursive_directory_iterator{};
       !problem && entries != end; entries.increment(problem))
    if (has_extension(entries->path().filename().string()))
      return true;
  return false;
}

/// The file that an entry of the folder means; nothing, where it is none.
result<std::optional<migration_file>> read_entry(const fs::path& path) {
  static constexpr auto file_within = "migration.sql";
  const auto name = path.filename().string();
  auto problem = std::error_code{};
  const auto status = fs::status(path, problem);
  auto file
      = migration_file{0, std::string{without_extension(name)}, path.string()};
  if (fs::is_directory(status)) {
    if (!holds_sql(path))
      return std::nullopt;
    file.name = name;
    file.path = (path / file_within).string();
    if (!fs::is_regular_file(file.path, problem))
      return not_understood(path,
                            "it is a folder without a file migration.sql");
  } else if (!has_extension(name)) {
    return std::nullopt;
  } else if (!fs::is_regular_file(status)) {
    return not_understood(path, "it is no file");
  } else if (!name.ends_with(extension)) {
    return not_understood(path, "it does not end with .sql");
  }
  const auto number = number_of(name);
  if (!number)
    return not_understood(path, "its name begins with no number, which tells "
                                "when it is applied");
  file.number = *number;
  return file;
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
  auto entries = fs::directory_iterator{folder, problem};
  if (problem)
    return fail(exit_code::usage, "cannot read the folder " + folder + ": "
                                      + problem.message()
                                      + "; another one is named by --folder");
  for (const auto end = fs::directory_iterator{}; entries != end;
       entries.increment(problem)) {
    auto file = read_entry(entries->path());
    if (!file)
      return std::unexpected{std::move(file.error())};
    if (auto& one = *file; one.has_value())
      found.push_back(std::move(*one));
    if (problem)
      break;
  }
  if (problem)
    return fail(exit_code::usage,
                "cannot read the folder " + folder + ": " + problem.message());
  std::ranges::sort(found, {}, [](const migration_file& file) {
    return std::tie(file.number, file.name);
  });
  const auto twice
      = std::ranges::adjacent_find(found, {}, &migration_file::name);
  if (twice != found.end())
    return fail(exit_code::usage, "two migrations have one name: " + twice->path
                                      + " and " + std::next(twice)->path);
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
