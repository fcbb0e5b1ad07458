#include "tests/fault/retrying_load.hpp"

#include "tests/fault/patient_client.hpp"

#include <chrono>
#include <optional>

namespace sluice::tests {

namespace {

using clock = std::chrono::steady_clock;

/// After so long an answer is taken for lost, and the request is sent again.
constexpr auto answer_patience = std::chrono::milliseconds{300};
/// Far longer than a server takes to be there again.
constexpr auto retry_patience = std::chrono::seconds{60};
constexpr auto repeat_every = 5;

/// One client's request, again and again.
struct stubborn_request {
  patient_client& connection;
  const std::string& subject;
  std::string body;
  std::string message_id;
  std::int64_t sent = 0;

  std::optional<patient_client::answer> send() {
    const auto give_up = clock::now() + retry_patience;
    while (clock::now() < give_up) {
      ++sent;
      const auto until = clock::now() + answer_patience;
      auto got = connection.request(subject, body, message_id,
                                    [until] { return clock::now() < until; });
      if (got.what == patient_client::outcome::succeeded)
        return got;
    }
    return std::nullopt;
  }
};

} // namespace

retrying_load::retrying_load(const std::string& url, std::string database,
                             int clients)
    : database_{std::move(database)} {
  for (auto i = 0; i < clients; ++i)
    threads_.emplace_back([this, url] { run(url); });
}

retrying_load::~retrying_load() {
  stop();
}

void retrying_load::stop() {
  is_stopping_.store(true);
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

void retrying_load::run(const std::string& url) {
  auto connection = patient_client{url};
  const auto subject = "sluice.db." + database_ + ".query";
  auto mine = summary{};
  for (auto round = 1; !is_stopping_.load(); ++round) {
    const auto id = next_id_.fetch_add(1);
    auto request = stubborn_request{
        connection, subject,
        R"~({"sql":"INSERT INTO once VALUES (?)","params":[)~"
            + std::to_string(id) + "]}",
        "id-" + std::to_string(id)};
    const auto first = request.send();
    mine.retries += request.sent - 1;
    if (!first) {
      ++mine.given_up;
      break;
    }
    mine.ids.insert(id);
    mine.replays += first->is_replayed ? 1 : 0;
    ++acknowledged_;
    if (round % repeat_every != 0)
      continue;
    const auto second = request.send();
    if (!second || !second->is_replayed || second->body != first->body)
      ++mine.wrong_replays;
  }
  const auto guard = std::lock_guard{mutex_};
  seen_.ids.merge(mine.ids);
  seen_.retries += mine.retries;
  seen_.replays += mine.replays;
  seen_.wrong_replays += mine.wrong_replays;
  seen_.given_up += mine.given_up;
}

} // namespace sluice::tests
