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

codec::result<void> check_room_for_reply(const reply_token& token) {
  if (!token.is_open() || !token.sink().is_congested())
    return {};
  return codec::fail(codec::error_code::overloaded,
                     "the NATS server does not take the replies that wait for "
                     "it (nats.unsent_bytes_max); nothing was executed");
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
