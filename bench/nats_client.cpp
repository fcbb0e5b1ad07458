#include "bench/nats_client.hpp"

namespace sluice::bench {

result<void> check(natsStatus status, const std::string& doing) {
  if (status == NATS_OK)
    return {};
  return fail(doing + ": " + natsStatus_GetText(status));
}

result<nats_handle<natsConnection>> connect(const std::string& url,
                                            bool send_asap) {
  auto* raw_options = static_cast<natsOptions*>(nullptr);
  auto done = check(natsOptions_Create(&raw_options), "options");
  const auto options = nats_handle<natsOptions>{raw_options};
  if (done)
    done = check(natsOptions_SetURL(options.get(), url.c_str()), url);
  if (done)
    done = check(natsOptions_SetName(options.get(), "sluice-bench"), "name");
  if (done)
    done = check(natsOptions_SetAllowReconnect(options.get(), false),
                 "reconnecting");
  if (done)
    done = check(natsOptions_SetSendAsap(options.get(), send_asap), "sending");
  auto* raw = static_cast<natsConnection*>(nullptr);
  if (done)
    done = check(natsConnection_Connect(&raw, options.get()),
                 "cannot connect to " + url);
  if (!done)
    return fail(done.error());
  return nats_handle<natsConnection>{raw};
}

result<std::string> request(natsConnection& connection,
                            const std::string& subject, const std::string& body,
                            std::chrono::milliseconds patience) {
  auto* raw = static_cast<natsMsg*>(nullptr);
  const auto sent
      = natsConnection_Request(&raw, &connection, subject.c_str(), body.data(),
                               static_cast<int>(body.size()), patience.count());
  const auto reply = nats_handle<natsMsg>{raw};
  if (const auto done = check(sent, "request to " + subject); !done)
    return fail(done.error());
  return std::string{
      natsMsg_GetData(reply.get()),
      static_cast<std::size_t>(natsMsg_GetDataLength(reply.get()))};
}

} // namespace sluice::bench
