#include "config/text_list.hpp"

#include <algorithm>

namespace sluice::config {

namespace {

std::string_view trim(std::string_view text) {
  constexpr auto spaces = std::string_view{" \t\r\n"};
  const auto begin = text.find_first_not_of(spaces);
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

} // namespace

std::vector<std::string> split_list(std::string_view text) {
  auto result = std::vector<std::string>{};
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (const auto entry = trim(text.substr(0, end)); !entry.empty())
      result.emplace_back(entry);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

} // namespace sluice::config
