#pragma once

#include "actors/admission.hpp"
#include "actors/reply_rate.hpp"
#include "actors/reply_sink.hpp"
#include "actors/service_counters.hpp"
#include "codec/error.hpp"
#include "services/endpoint.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::actors {

/// What replies need from the server; outlives every token.
struct reply_context {
  reply_sink& sink;
  /// Where those go of whom many or large ones are sent: a client that reads
  /// none of them has its NATS server stop reading what comes by the same
  /// connection (ADR 0045).
  reply_sink& bulk_sink;
  service_counters& counters;
  /// Of all that are of no database.
  reply_rate rate = {};
};

/// A failure that is told again and again, made ready to be sent.
struct prepared_failure {
  explicit prepared_failure(const codec::error& failure);

  codec::error_code code = codec::error_code::internal;
  std::string header_text;
  std::string body;
  /// See codec::error.
  std::size_t statement = 0;
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
  /// What the database is sent.
  /// @param rate outlives the token.
  void count_replies_in(reply_rate& rate) noexcept {
    rate_ = &rate;
  }

  /// The answer will be a stream: parts, and a last message that says how it
  /// ended, be it a success or a failure.
  /// @param over by what it is answered from now on.
  /// @param window how many parts may be unanswered; 0: nobody answers.
  void begin_stream(reply_context& over, std::size_t window = 0);
  [[nodiscard]] bool is_stream() const noexcept {
    return watch_ != nullptr;
  }

  /// Sends a part of the stream at once.
  /// @param statement the number of the batch's statement that it belongs to;
  ///   nothing where there is none.
  /// @return `unavailable` if it cannot leave, or the requester is gone.
  [[nodiscard]] codec::result<void>
  send_part(std::optional<std::size_t> statement,
            std::string_view part) noexcept;
  /// Whether the next part has to wait for the requester's answer to an earlier
  /// one.
  [[nodiscard]] bool must_wait() const noexcept {
    return window_ != 0 && parts_sent_ >= answers() + window_;
  }
  /// How many parts were answered.
  [[nodiscard]] std::size_t answers() const noexcept {
    return watch_ != nullptr ? static_cast<std::size_t>(watch_->answers()) : 0;
  }
  [[nodiscard]] bool is_requester_gone() const noexcept {
    return watch_ != nullptr && watch_->is_gone();
  }
  /// The requester answers nothing: from now on nothing waits for it.
  void forget_window() noexcept {
    window_ = 0;
  }
  [[nodiscard]] std::size_t parts_sent() const noexcept {
    return parts_sent_;
  }

  /// More about a success, for its headers.
  struct success_options {
    /// Sluice-Bookmark; empty: none.
    std::string_view bookmark = {};
    /// Sluice-Replayed: this is the answer to an earlier request.
    bool is_replayed = false;
  };
  void succeed(std::string_view body, const success_options& options) noexcept;
  void succeed(std::string_view body) noexcept {
    succeed(body, {});
  }
  void fail(const codec::error& failure) noexcept;
  void fail(const prepared_failure& failure) noexcept;

  /// Asks the requester whether it is still there. Any thread.
  void send_heartbeat(reply_sink& by,
                      const requester_watch& watch) const noexcept;

  /// Answers for a thread that hangs, and whose token this is: what that thread
  /// answers later goes nowhere. Gives the places in the admission back. The
  /// only function that another thread than the owner's may call.
  void fail_from_outside(const codec::error& failure) noexcept;

  [[nodiscard]] bool is_open() const noexcept {
    return context_ != nullptr;
  }
  /// Where the answer goes, as it is now. Only while it is open.
  [[nodiscard]] reply_sink& sink() const noexcept;

private:
  class header_list;
  void add_common_headers(header_list& headers) const noexcept;
  void fail_unanswered() noexcept;
  [[nodiscard]] bool claim() noexcept;
  [[nodiscard]] reply_rate& rate() const noexcept {
    return rate_ != nullptr ? *rate_ : context_->rate;
  }
  void publish(std::string_view body, const header_list& headers,
               clock::time_point now) const noexcept;
  void publish_failure(const prepared_failure& failure) noexcept;
  void close() noexcept;

  reply_context* context_ = nullptr;
  services::endpoint_id endpoint_ = services::endpoint_id::none;
  std::string reply_to_;
  std::string traceparent_;
  clock::time_point arrived_;
  /// Of a stream.
  std::unique_ptr<requester_watch> watch_;
  std::size_t parts_sent_ = 0;
  std::size_t window_ = 0;
  admission_permit server_permit_;
  admission_permit database_permit_;
  reply_rate* rate_ = nullptr;
  /// Somebody answers, or has answered.
  std::atomic<bool> is_claimed_ = false;
};

} // namespace sluice::actors
