#include "tests/actors/service_requests.hpp"

#include "codec/query_request.hpp"
#include "services/endpoint.hpp"
#include "tests/support/expect.hpp"

#include <stdexcept>
#include <string>

namespace sluice::tests {

services::service_request service_request_of(std::string_view tail,
                                             std::string_view body) {
  const auto target = services::resolve(tail);
  const auto* operation
      = target ? services::endpoints()[static_cast<std::size_t>(target->id)]
                     .operation
               : nullptr;
  if (operation == nullptr)
    throw std::runtime_error{"no operation " + std::string{tail}};
  auto decoder = codec::request_decoder{};
  return must(services::decode_service(*operation,
                                       must(decoder.decode_object(body, {}))));
}

} // namespace sluice::tests
