#include "messaging/message.hpp"

#include "messaging/header_name.hpp"

#include <algorithm>

namespace sluice::messaging {

std::string_view owned_message::header(std::string_view name) const noexcept {
  const auto found = std::ranges::find_if(headers, [name](const auto& each) {
    return is_same_header(each.first, name);
  });
  return found == headers.end() ? std::string_view{} : found->second;
}

} // namespace sluice::messaging
