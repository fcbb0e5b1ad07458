#include "actors/serving_context.hpp"

namespace sluice::actors {

codec::result<void> check_reply_size(const serving_context& context,
                                     std::size_t body_bytes) {
  const auto bytes_max = context.replies.sink.body_bytes_max();
  if (body_bytes <= bytes_max)
    return {};
  return codec::fail(codec::error_code::too_large,
                     "the reply is larger than the NATS server's max_payload "
                     "allows ("
                         + std::to_string(bytes_max)
                         + " bytes): send fewer statements in one request");
}

storage::connection_options
connection_options_of(const config::settings& settings,
                      storage::access access) {
  return {.access = access,
          .durability = settings.durability,
          .limits = settings.limits,
          .sqlite = settings.sqlite,
          .vfs = {}};
}

} // namespace sluice::actors
