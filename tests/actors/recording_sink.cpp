#include "tests/actors/recording_sink.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace sluice::tests {

bool recorded_reply::failed_with(std::string_view code) const {
  return !succeeded()
         && body.contains("\"code\":\"" + std::string{code} + "\"");
}

std::string recorded_reply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found != headers.end() ? found->second : std::string{};
}

void recording_sink::publish(
    const char* subject, std::string_view body,
    std::span<const messaging::header> headers) noexcept {
  auto reply = recorded_reply{subject, std::string{body}, {}};
  for (const auto& header : headers)
    reply.headers.emplace(header.name, header.value);
  auto observer = std::function<void()>{};
  {
    const auto guard = std::lock_guard{mutex_};
    observer = observer_;
  }
  if (observer)
    observer();
  const auto guard = std::lock_guard{mutex_};
  replies_.push_back(std::move(reply));
  ++unflushed_;
  changed_.notify_all();
}

bool recording_sink::publish_part(const char* subject, std::string_view body,
                                  std::span<const messaging::header> headers,
                                  const actors::requester_watch&) noexcept {
  publish(subject, body, headers);
  return true;
}

std::unique_ptr<actors::requester_watch> recording_sink::watch() {
  /// Says what the test says.
  struct test_watch : actors::requester_watch {
    test_watch(const std::atomic<bool>& is_gone_in,
               const std::atomic<std::uint64_t>& answers_in)
        : is_gone_now{is_gone_in}, answers_now{answers_in} {}
    [[nodiscard]] bool is_gone() const noexcept override {
      return is_gone_now;
    }
    [[nodiscard]] std::uint64_t answers() const noexcept override {
      return answers_now;
    }
    [[nodiscard]] const char* reply_subject() const noexcept override {
      return nullptr;
    }
    const std::atomic<bool>& is_gone_now;
    const std::atomic<std::uint64_t>& answers_now;
  };
  return std::make_unique<test_watch>(requesters_are_gone_, answers_);
}

void recording_sink::flush() noexcept {
  const auto guard = std::lock_guard{mutex_};
  unflushed_ = 0;
}

std::size_t recording_sink::unflushed() const {
  const auto guard = std::lock_guard{mutex_};
  return unflushed_;
}

std::vector<recorded_reply> recording_sink::all() const {
  const auto guard = std::lock_guard{mutex_};
  return replies_;
}

std::size_t recording_sink::count(std::string_view subject) const {
  const auto guard = std::lock_guard{mutex_};
  return static_cast<std::size_t>(
      std::ranges::count(replies_, subject, &recorded_reply::subject));
}

std::vector<recorded_reply>
recording_sink::all_to(std::string_view subject) const {
  auto result = all();
  std::erase_if(result, [subject](const auto& reply) {
    return reply.subject != subject;
  });
  return result;
}

recorded_reply recording_sink::only(std::string_view subject) const {
  const auto guard = std::lock_guard{mutex_};
  const auto found
      = std::ranges::find(replies_, subject, &recorded_reply::subject);
  CAPTURE(subject);
  REQUIRE(std::ranges::count(replies_, subject, &recorded_reply::subject) == 1);
  return *found;
}

recorded_reply recording_sink::await(std::string_view subject) const {
  auto lock = std::unique_lock{mutex_};
  auto found = replies_.end();
  const auto came = changed_.wait_for(lock, patience, [&] {
    found = std::ranges::find(replies_.begin(), replies_.end(), subject,
                              &recorded_reply::subject);
    return found != replies_.end();
  });
  CAPTURE(subject);
  REQUIRE(came);
  return *found;
}

void recording_sink::observe(std::function<void()> observer) {
  const auto guard = std::lock_guard{mutex_};
  observer_ = std::move(observer);
}

} // namespace sluice::tests
