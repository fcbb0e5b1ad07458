#include "messaging/received_message.hpp"

#include "messaging/header_name.hpp"

#include <nats/nats.h>

#include <cstdlib>
#include <span>

namespace sluice::messaging {

namespace {

struct key_list_deleter {
  void operator()(const char** keys) const noexcept {
    // The library allocates the array with malloc, and owns what it holds.
    std::free(static_cast<void*>(keys));
  }
};

using key_list = std::unique_ptr<const char*, key_list_deleter>;

/// The names of a message's headers, as long as the message lives.
struct header_names {
  key_list owner;
  std::span<const char*> names;
};

header_names names_of(nats_message& message) noexcept {
  const char** keys = nullptr;
  auto count = 0;
  if (natsMsgHeader_Keys(&message, &keys, &count) != NATS_OK)
    return {};
  return {key_list{keys}, {keys, static_cast<std::size_t>(count)}};
}

std::string_view view(const char* text) noexcept {
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

} // namespace

std::string_view received_message::subject() const noexcept {
  return view(natsMsg_GetSubject(&message_));
}

std::string_view received_message::reply_to() const noexcept {
  return view(natsMsg_GetReply(&message_));
}

std::string_view received_message::payload() const noexcept {
  return {natsMsg_GetData(&message_),
          static_cast<std::size_t>(natsMsg_GetDataLength(&message_))};
}

std::string_view received_message::header(const char* name) const noexcept {
  if (is_known_bare_)
    return {};
  const char* value = nullptr;
  if (natsMsgHeader_Get(&message_, name, &value) == NATS_OK)
    return view(value);
  const auto all = names_of(message_);
  is_known_bare_ = all.names.empty();
  for (const auto* each : all.names)
    if (is_same_header(each, name)
        && natsMsgHeader_Get(&message_, each, &value) == NATS_OK)
      return view(value);
  return {};
}

owned_message received_message::copy() const {
  auto result
      = owned_message{std::string{subject()}, std::string{payload()}, {}};
  const auto all = names_of(message_);
  for (const auto* name : all.names) {
    const char* value = nullptr;
    if (natsMsgHeader_Get(&message_, name, &value) == NATS_OK)
      result.headers.emplace_back(name, view(value));
  }
  return result;
}

} // namespace sluice::messaging
