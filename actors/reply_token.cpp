#include "actors/reply_token.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace sluice::actors {

namespace {

constexpr auto header_text_bytes_max = std::size_t{512};

/// A header is one line (NATS ADR-4).
std::string header_text(std::string_view text) {
  auto result = std::string{text.substr(0, header_text_bytes_max)};
  // Do not cut a UTF-8 sequence in the middle.
  if (result.size() < text.size())
    while (!result.empty()
           && (static_cast<unsigned char>(text[result.size()]) & 0xc0u)
                  == 0x80u)
      result.pop_back();
  std::ranges::replace_if(
      result, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return result;
}

std::string next_incident_id() {
  static auto counter = std::atomic<std::uint64_t>{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format(
      "{:x}-{:x}",
      std::chrono::duration_cast<std::chrono::seconds>(now).count(),
      counter.fetch_add(1) + 1);
}

} // namespace

reply_token::reply_token(reply_context& context, services::endpoint_id endpoint,
                         std::string_view reply_to,
                         std::string_view traceparent)
    : context_{&context}, endpoint_{endpoint}, reply_to_{reply_to},
      traceparent_{traceparent}, arrived_{clock::now()} {
  // nop
}

reply_token::reply_token(reply_token&& other) noexcept
    : context_{std::exchange(other.context_, nullptr)},
      endpoint_{other.endpoint_}, reply_to_{std::move(other.reply_to_)},
      traceparent_{std::move(other.traceparent_)}, arrived_{other.arrived_},
      server_permit_{std::move(other.server_permit_)},
      database_permit_{std::move(other.database_permit_)} {
  // nop
}

reply_token& reply_token::operator=(reply_token&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(endpoint_, other.endpoint_);
  std::swap(reply_to_, other.reply_to_);
  std::swap(traceparent_, other.traceparent_);
  std::swap(arrived_, other.arrived_);
  std::swap(server_permit_, other.server_permit_);
  std::swap(database_permit_, other.database_permit_);
  return *this;
}

reply_token::~reply_token() {
  if (context_ != nullptr)
    fail_unanswered();
}

void reply_token::hold_server_permit(admission_permit permit) noexcept {
  server_permit_ = std::move(permit);
}

void reply_token::hold_database_permit(admission_permit permit) noexcept {
  database_permit_ = std::move(permit);
}

void reply_token::succeed(std::string_view body,
                          std::string_view bookmark) noexcept {
  if (context_ == nullptr)
    return;
  auto headers = std::array<messaging::header, 2>{};
  auto count = std::size_t{0};
  if (!bookmark.empty())
    headers[count++] = {"Sluice-Bookmark", bookmark};
  if (!traceparent_.empty())
    headers[count++] = {"traceparent", traceparent_};
  if (!reply_to_.empty())
    context_->sink.publish(reply_to_.c_str(), body, {headers.data(), count});
  context_->counters.count_success(endpoint_, clock::now() - arrived_);
  close();
}

void reply_token::fail(const codec::error& failure) noexcept {
  if (context_ == nullptr)
    return;
  try {
    const auto text = header_text(failure.message);
    const auto number = std::to_string(codec::number(failure.code));
    auto headers = std::array<messaging::header, 3>{};
    headers[0] = {"Nats-Service-Error", text};
    headers[1] = {"Nats-Service-Error-Code", number};
    auto count = std::size_t{2};
    if (!traceparent_.empty())
      headers[count++] = {"traceparent", traceparent_};
    if (!reply_to_.empty())
      context_->sink.publish(reply_to_.c_str(), codec::error_body(failure),
                             {headers.data(), count});
    context_->counters.count_failure(endpoint_, clock::now() - arrived_, text);
  } catch (const std::exception& problem) {
    spdlog::error("a request stays without its error reply: {}",
                  problem.what());
  }
  close();
}

void reply_token::fail_unanswered() noexcept {
  try {
    const auto id = next_incident_id();
    const auto index = static_cast<std::size_t>(endpoint_);
    spdlog::error("request for {} was dropped without an answer, incident {}",
                  index < services::endpoint_count
                      ? services::endpoints()[index].name
                      : "an unknown subject",
                  id);
    fail({codec::error_code::internal,
          "the request was lost inside the server; incident " + id});
  } catch (const std::exception&) {
    // Out of memory: the requester's own timeout must do.
    close();
    return;
  }
}

void reply_token::close() noexcept {
  context_ = nullptr;
  server_permit_ = {};
  database_permit_ = {};
}

} // namespace sluice::actors
