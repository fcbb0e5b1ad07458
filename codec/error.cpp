#include "codec/error.hpp"

#include "codec/json_writer.hpp"

#include <array>

namespace sluice::codec {

namespace {

struct description {
  std::string_view name;
  std::uint16_t number;
};

constexpr auto descriptions = std::array{
    description{"bad_request", 400},    description{"sql_error", 400},
    description{"not_authorized", 403}, description{"unauthenticated", 401},
    description{"not_found", 404},      description{"conflict", 409},
    description{"constraint", 422},     description{"too_large", 413},
    description{"overloaded", 429},     description{"timeout", 504},
    description{"unavailable", 503},    description{"storage", 500},
    description{"internal", 500},
};

static_assert(descriptions.size()
                  == static_cast<std::size_t>(error_code::count_),
              "Every code needs its name and number.");

} // namespace

std::string_view name(error_code code) noexcept {
  return descriptions[static_cast<std::size_t>(code)].name;
}

std::uint16_t number(error_code code) noexcept {
  return descriptions[static_cast<std::size_t>(code)].number;
}

bool is_retryable(error_code code) noexcept {
  return code == error_code::overloaded || code == error_code::unavailable;
}

std::string error_body(const error& failure) {
  auto message = std::string_view{failure.message};
  auto shortened = std::string{};
  if (message.size() > error_message_bytes_max) {
    auto end = error_message_bytes_max;
    // Not inside of a character, which has at most three more bytes.
    for (auto i = 0; i < 3 && (message[end] & 0xc0) == 0x80; ++i)
      --end;
    shortened = std::string{message.substr(0, end)} + "…";
    message = shortened;
  }
  auto out = json_writer{};
  out.begin_object();
  out.key("success");
  out.boolean(false);
  out.key("error");
  out.text(message);
  out.key("code");
  out.text(name(failure.code));
  out.key("retryable");
  out.boolean(is_retryable(failure.code));
  out.end_object();
  return out.take();
}

} // namespace sluice::codec
