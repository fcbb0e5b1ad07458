#pragma once

#include "actors/admission.hpp"
#include "actors/reply_sink.hpp"
#include "actors/service_counters.hpp"
#include "codec/error.hpp"
#include "services/endpoint.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::actors {

/// What replies need from the server; outlives every token.
struct reply_context {
  reply_sink& sink;
  service_counters& counters;
};

/// The right and duty to answer one request, exactly once. Destroyed without
/// an answer, it answers `internal`: no request is lost, whatever dies. Gives
/// the request's places in the admission back afterwards.
class reply_token {
public:
  using clock = std::chrono::steady_clock;

  /// A token that has nothing to answer.
  reply_token() noexcept = default;
  reply_token(reply_context& context, services::endpoint_id endpoint,
              std::string_view reply_to, std::string_view traceparent);
  reply_token(reply_token&& other) noexcept;
  reply_token& operator=(reply_token&& other) noexcept;
  ~reply_token();

  /// The place in the server's admission, and in the database's.
  void hold_server_permit(admission_permit permit) noexcept;
  void hold_database_permit(admission_permit permit) noexcept;

  /// @param bookmark for the header `Sluice-Bookmark`; empty: none.
  void succeed(std::string_view body, std::string_view bookmark = {}) noexcept;
  void fail(const codec::error& failure) noexcept;

  [[nodiscard]] bool is_open() const noexcept {
    return context_ != nullptr;
  }

private:
  void fail_unanswered() noexcept;
  void close() noexcept;

  reply_context* context_ = nullptr;
  services::endpoint_id endpoint_ = services::endpoint_id::count_;
  std::string reply_to_;
  std::string traceparent_;
  clock::time_point arrived_;
  admission_permit server_permit_;
  admission_permit database_permit_;
};

} // namespace sluice::actors
