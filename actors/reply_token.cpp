#include "actors/reply_token.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <span>
#include <tuple>
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

prepared_failure::prepared_failure(const codec::error& failure)
    : code{failure.code}, header_text{actors::header_text(failure.message)},
      body{codec::error_body(failure)}, statement{failure.statement} {
  // nop
}

/// The headers of one message. The texts must outlive it; numbers it keeps.
class reply_token::header_list {
public:
  void add(std::string_view name, std::string_view value) noexcept {
    headers_[count_++] = {name, value};
  }
  void add_number(std::string_view name, std::size_t x) noexcept {
    auto& digits = numbers_[numbers_count_++];
    const auto end = std::to_chars(digits.begin(), digits.end(), x).ptr;
    add(name, {digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  [[nodiscard]] std::span<const messaging::header> view() const noexcept {
    return {headers_.data(), count_};
  }

private:
  // As many as any reply has: a script comes as no stream.
  std::array<messaging::header, 6> headers_;
  std::size_t count_ = 0;
  std::array<std::array<char, 20>, 3> numbers_;
  std::size_t numbers_count_ = 0;
};

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
      watch_{std::move(other.watch_)}, parts_sent_{other.parts_sent_},
      window_{other.window_}, server_permit_{std::move(other.server_permit_)},
      database_permit_{std::move(other.database_permit_)}, rate_{other.rate_},
      is_claimed_{other.is_claimed_.load(std::memory_order_relaxed)} {
  // nop
}

reply_token& reply_token::operator=(reply_token&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(endpoint_, other.endpoint_);
  std::swap(reply_to_, other.reply_to_);
  std::swap(traceparent_, other.traceparent_);
  std::swap(arrived_, other.arrived_);
  std::swap(watch_, other.watch_);
  std::swap(parts_sent_, other.parts_sent_);
  std::swap(window_, other.window_);
  std::swap(server_permit_, other.server_permit_);
  std::swap(database_permit_, other.database_permit_);
  std::swap(rate_, other.rate_);
  // Only a token that another thread may answer is ever claimed by two, and
  // that one stays where it is.
  is_claimed_.store(other.is_claimed_.exchange(is_claimed_.load()));
  return *this;
}

reply_token::~reply_token() {
  if (context_ != nullptr && !is_claimed_.load(std::memory_order_acquire))
    fail_unanswered();
}

void reply_token::hold_server_permit(admission_permit permit) noexcept {
  server_permit_ = std::move(permit);
}

void reply_token::hold_database_permit(admission_permit permit) noexcept {
  database_permit_ = std::move(permit);
}

void reply_token::begin_stream(reply_context& over, std::size_t window) {
  if (context_ == nullptr)
    return;
  context_ = &over;
  window_ = window;
  watch_ = over.sink.watch();
}

codec::result<void> reply_token::send_part(std::optional<std::size_t> statement,
                                           std::string_view part) noexcept {
  if (context_ == nullptr || watch_ == nullptr)
    return codec::fail(codec::error_code::internal, "not a stream");
  if (reply_to_.empty() || watch_->is_gone()
      || is_claimed_.load(std::memory_order_relaxed))
    return codec::fail(codec::error_code::unavailable,
                       "the requester of the stream is gone");
  auto headers = header_list{};
  if (statement)
    headers.add_number("Sluice-Statement", *statement);
  add_common_headers(headers);
  const auto will_leave = context_->sink.publish_part(reply_to_.c_str(), part,
                                                      headers.view(), *watch_);
  context_->sink.flush();
  ++parts_sent_;
  if (!will_leave)
    return codec::fail(codec::error_code::unavailable,
                       "a part of the stream could not be sent");
  return {};
}

void reply_token::add_common_headers(header_list& headers) const noexcept {
  if (watch_ != nullptr)
    headers.add_number("Sluice-Sequence", parts_sent_);
  if (!traceparent_.empty())
    headers.add("traceparent", traceparent_);
}

void reply_token::succeed(std::string_view body,
                          const success_options& options) noexcept {
  if (!claim())
    return;
  auto headers = header_list{};
  if (!options.bookmark.empty())
    headers.add("Sluice-Bookmark", options.bookmark);
  if (options.is_replayed)
    headers.add("Sluice-Replayed", "true");
  if (watch_ != nullptr)
    headers.add("Sluice-Final", "true");
  add_common_headers(headers);
  const auto now = clock::now();
  publish(body, headers, now);
  context_->counters.count_success(endpoint_, now - arrived_);
  close();
}

reply_sink& reply_token::sink() const noexcept {
  return watch_ == nullptr && rate().is_high(clock::now()) ? context_->bulk_sink
                                                           : context_->sink;
}

void reply_token::publish(std::string_view body, const header_list& headers,
                          clock::time_point now) const noexcept {
  if (reply_to_.empty())
    return;
  // The last message of a stream comes behind its parts.
  const auto is_bulk = watch_ == nullptr && rate().count(body.size(), now);
  auto& by = is_bulk ? context_->bulk_sink : context_->sink;
  by.publish(reply_to_.c_str(), body, headers.view());
}

/// @return whether it is for the caller to answer.
bool reply_token::claim() noexcept {
  return context_ != nullptr
         && !is_claimed_.exchange(true, std::memory_order_acq_rel);
}

void reply_token::fail(const codec::error& failure) noexcept {
  if (context_ == nullptr)
    return;
  try {
    fail(prepared_failure{failure});
  } catch (const std::exception& problem) {
    spdlog::error("a request stays without its error reply: {}",
                  problem.what());
    if (claim())
      close();
  }
}

void reply_token::fail(const prepared_failure& failure) noexcept {
  if (!claim())
    return;
  publish_failure(failure);
  close();
}

void reply_token::send_heartbeat(reply_sink& by,
                                 const requester_watch& watch) const noexcept {
  auto headers = header_list{};
  headers.add("Sluice-Heartbeat", "true");
  // One that cannot be sent is followed by others.
  if (!reply_to_.empty())
    std::ignore = by.publish_part(reply_to_.c_str(), {}, headers.view(), watch);
}

void reply_token::fail_from_outside(const codec::error& failure) noexcept {
  try {
    const auto prepared = prepared_failure{failure};
    if (!claim())
      return;
    publish_failure(prepared);
  } catch (const std::exception& problem) {
    spdlog::error("a request that hangs stays without its error reply: {}",
                  problem.what());
    return;
  }
  // All else is the owner's, who may look at it any time.
  server_permit_ = {};
  database_permit_ = {};
}

void reply_token::publish_failure(const prepared_failure& failure) noexcept {
  try {
    auto headers = header_list{};
    headers.add("Nats-Service-Error", failure.header_text);
    headers.add_number("Nats-Service-Error-Code", codec::number(failure.code));
    if (failure.statement != 0)
      headers.add_number("Sluice-Failed-Statement", failure.statement);
    if (watch_ != nullptr)
      headers.add("Sluice-Final", "true");
    add_common_headers(headers);
    const auto now = clock::now();
    publish(failure.body, headers, now);
    context_->counters.count_failure(endpoint_, now - arrived_, failure.code);
  } catch (const std::exception& problem) {
    spdlog::error("a request stays without its error reply: {}",
                  problem.what());
  }
}

void reply_token::fail_unanswered() noexcept {
  try {
    const auto id = next_incident_id();
    const auto index = static_cast<std::size_t>(endpoint_);
    spdlog::error("request for {} was dropped without an answer, incident {}",
                  index < services::endpoints().size()
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
  watch_.reset();
  server_permit_ = {};
  database_permit_ = {};
}

} // namespace sluice::actors
