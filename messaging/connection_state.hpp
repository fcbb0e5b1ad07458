#pragma once

#include "messaging/connection.hpp"
#include "messaging/outbox.hpp"
#include "messaging/session.hpp"
#include "messaging/subscription_list.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

namespace sluice::messaging {

/// What is behind a connection: the present session, and a thread that makes
/// another one when it has ended. Only for messaging's own sources.
struct connection::impl : session_observer {
  impl(const config::nats_settings& settings_in, std::string url_in,
       std::string client_name_in, connection_observer* observer_in,
       delivery threads_in);
  ~impl() override;

  const config::nats_settings settings;
  const std::string configured_url;
  const std::string client_name;
  connection_observer* const observer;
  const delivery threads;

  /// Takes the first session, if there is one, and begins to watch over it.
  void start(std::unique_ptr<session> first);
  /// The present session; null while there is none. For what takes time.
  [[nodiscard]] std::shared_ptr<session> present();
  /// The same, waited for; null: there was none until then.
  [[nodiscard]] std::shared_ptr<session>
  await_session(std::chrono::steady_clock::time_point until);

  [[nodiscard]] result<void> publish(const outgoing_message& message);

  // Of the session.
  void on_session_end() noexcept override;
  void on_session_error(std::string_view subject, std::string_view reason,
                        bool is_refusal) noexcept override;

  /// Guards `current`; shared by those who publish. No session is closed, and
  /// nobody told of anything, under it.
  std::shared_mutex sessions;
  /// Owned also by those who wait for an answer on it. Null while messages go
  /// into the outbox.
  std::shared_ptr<session> current;
  outbox waiting;
  subscription_list subscriptions;

  std::atomic<std::uint64_t> refusals = 0;
  /// As the server told at the last connect; asking the library for it waits
  /// for a lock that every message needs.
  std::atomic<std::size_t> max_payload = 0;

  /// Why there is no server any more, or why the last one was left; empty: none
  /// has been left.
  [[nodiscard]] std::string end_reason();

  std::mutex undelivered_mutex;
  undelivered_handler* undelivered = nullptr;

private:
  using clock = std::chrono::steady_clock;

  void keep() noexcept;
  [[nodiscard]] bool await_end();
  void retire();
  [[nodiscard]] bool renew();
  [[nodiscard]] bool pause(bool is_first);
  void adopt(std::unique_ptr<session> next);
  struct undelivered_message {
    outbox::entry what;
    failure why;
  };
  [[nodiscard]] std::vector<undelivered_message> send_waiting(session& to);
  void report(const std::vector<undelivered_message>& all) noexcept;
  void set_present(const std::shared_ptr<session>& which);
  void keep_reason(std::string words);
  [[nodiscard]] std::string all_urls() const;

  /// Servers that the last session has told of.
  std::vector<std::string> discovered_;
  bool has_been_connected_ = false;

  /// Taken by those who hold `sessions`, so not the other way round.
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_session_ = false;
  bool has_session_ended_ = false;
  bool is_closing_ = false;
  /// No server will be connected to any more.
  bool is_over_ = false;
  std::string end_reason_;
  std::thread keeper_;
};

} // namespace sluice::messaging
