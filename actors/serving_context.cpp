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

codec::error late_in_queue() {
  return {codec::error_code::timeout,
          "the deadline passed while the request was queued; it was not "
          "executed"};
}

codec::error cancelled_error(const job& work) {
  switch (work.cancelled.reason()) {
  case cancel_reason::asked:
    return {codec::error_code::timeout, "the request was cancelled by db."
                                            + work.database
                                            + ".cancel; what it did is undone"};
  case cancel_reason::gone:
    return {codec::error_code::unavailable,
            "nobody waits for the reply any more; what the request did is "
            "undone"};
  case cancel_reason::crowded:
    return {codec::error_code::overloaded,
            "so many long reads run (readers.long_reads_max, "
            "readers.long_reads_per_database_max) that there is no thread for "
            "this one; nothing was changed"};
  case cancel_reason::none:
    break;
  }
  return {codec::error_code::timeout, "the request was interrupted"};
}

codec::error as_cancelled(const job& work, const codec::error& cause) {
  return cause.code == codec::error_code::timeout && work.cancelled.is_asked()
             ? cancelled_error(work)
             : cause;
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
