#pragma once

#include "actors/account_flow.hpp"
#include "actors/flood_watch.hpp"
#include "actors/interfaces.hpp"
#include "actors/open_databases.hpp"
#include "actors/reply_subjects.hpp"
#include "actors/service_databases.hpp"
#include "actors/serving_context.hpp"
#include "codec/query_request.hpp"
#include "messaging/message.hpp"
#include "messaging/rate_limit.hpp"
#include "services/discovery.hpp"
#include "services/endpoint.hpp"
#include "services/health.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::actors {

class diversions;

/// What ingress is made with; all of it outlives it.
struct ingress_options {
  serving_context context;
  /// How streams are answered; `context` has it for all other replies.
  reply_context& streams;
  admission& admitted;
  services::service_identity identity;
  catalog_actor catalog;
  /// What the subjects begin with, without the dot.
  std::string prefix;
  /// Asked to lead floods around it; null: nobody is.
  actors::diversions* diversions = nullptr;
};

/// The way in: gets every request on NATS's delivery thread, admits or refuses
/// it, decodes it, and hands it to whoever serves it: one hop between threads.
///
/// Its callbacks come from one thread, one after the other (connection.hpp);
/// it does not block and does not throw.
class ingress : public messaging::message_handler {
public:
  explicit ingress(ingress_options options);

  void on_message(const messaging::inbound_message& message) noexcept override;

  /// From now on requests are refused with `unavailable`. Any thread.
  void stop_admission() noexcept {
    is_stopping_.store(true, std::memory_order_relaxed);
  }

  [[nodiscard]] bool has_refused() const noexcept override {
    return has_refused_;
  }

  /// What the subjects begin with.
  [[nodiscard]] const std::string& prefix() const noexcept {
    return prefix_;
  }

  /// Requests until now. Any thread.
  [[nodiscard]] std::uint64_t received() const noexcept {
    return received_.load(std::memory_order_relaxed);
  }

  /// A discovery request; see `discovery_handler`.
  void answer_discovery(const messaging::inbound_message& message);

private:
  using clock = std::chrono::steady_clock;

  void serve(const messaging::inbound_message& message);
  [[nodiscard]] bool may_reply(const messaging::inbound_message& message);
  void watch_flood(const messaging::inbound_message& message,
                   std::string_view database);
  void serve_endpoint(const messaging::inbound_message& message,
                      const services::target& target, reply_token token);
  void supervise(const messaging::inbound_message& message,
                 const services::target& target, reply_token& token);
  [[nodiscard]] codec::result<void>
  read_headers(const messaging::inbound_message& message,
               services::endpoint_id endpoint, job& work,
               reply_token& token) const;
  [[nodiscard]] codec::result<job_body> decode(services::endpoint_id endpoint,
                                               std::string_view payload);
  [[nodiscard]] bool refuse_early(const messaging::inbound_message& message,
                                  std::string_view database, std::size_t bytes,
                                  reply_token& token);
  [[nodiscard]] codec::result<std::string_view>
  database_of(const messaging::inbound_message& message,
              const services::target& target) const;
  void dispatch(job_ptr work);
  void dispatch_account(job_ptr work, const messaging::inbound_message& message,
                        services::endpoint_id endpoint);
  void flush_if_quiet() noexcept;
  [[nodiscard]] services::server_state state() const;

  ingress_options options_;
  std::string prefix_;
  account_flow accounts_;
  codec::request_decoder decoder_;
  codec::decode_limits limits_;
  services::field_limits field_limits_;
  const reply_subjects reply_subjects_;
  const service_databases service_databases_;
  messaging::rate_limit refusal_lines_{1};
  const prepared_failure server_full_;
  const prepared_failure database_full_;
  /// Of the delivery thread.
  bool has_refused_ = false;
  flood_watch flood_;
  std::atomic<std::uint64_t> received_ = 0;
  std::atomic<bool> is_stopping_ = false;
  clock::time_point started_ = clock::now();
};

/// Answers `$SRV.*`, for every server by itself: not in the queue group.
class discovery_handler : public messaging::message_handler {
public:
  explicit discovery_handler(ingress& owner) noexcept : owner_{owner} {
    // nop
  }
  void on_message(const messaging::inbound_message& message) noexcept override;

private:
  ingress& owner_;
};

} // namespace sluice::actors
