#include "tests/fault/write_load.hpp"

#include "tests/fault/patient_client.hpp"

#include <chrono>

namespace sluice::tests {

namespace {

/// Far longer than an answer takes, far shorter than a test may.
constexpr auto last_answer_patience = std::chrono::seconds{20};
/// When the server is known to be dead, what it sent has arrived by then.
constexpr auto rest_patience = std::chrono::milliseconds{200};

std::int64_t now_ns() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

void append(std::vector<std::int64_t>& to,
            const std::vector<std::int64_t>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::string insert(std::int64_t id) {
  return R"~({"sql":"INSERT INTO load VALUES (?, ?)","params":[)~"
         + std::to_string(id) + R"(,"row )" + std::to_string(id) + R"("]})";
}

} // namespace

write_load::write_load(const std::string& url, std::string database,
                       int clients, std::int64_t first_id)
    : database_{std::move(database)}, next_id_{first_id} {
  for (auto i = 0; i < clients; ++i)
    threads_.emplace_back([this, url] { run(url); });
}

write_load::~write_load() {
  stop();
}

void write_load::stop_without_answers() {
  // What the dead server sent may still be on its way through NATS.
  silent_from_.store(now_ns()
                     + std::chrono::nanoseconds{rest_patience}.count());
  stop();
}

void write_load::stop() {
  is_stopping_.store(true);
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

std::string write_load::body(std::vector<std::int64_t>& ids,
                             std::int64_t round) {
  constexpr auto batch_rows = 5;
  const auto fails = round % 7 == 0;
  const auto count = fails ? 2 : round % 3 == 0 ? batch_rows : 1;
  for (auto i = 0; i < count; ++i)
    ids.push_back(next_id_.fetch_add(1));
  if (count == 1)
    return insert(ids.front());
  auto result = std::string{"["};
  for (const auto id : ids)
    result += insert(id) + ",";
  // The same id twice, or an update that changes nothing of interest.
  result += fails ? insert(ids.front())
                  : std::string{R"({"sql":"UPDATE load SET text = text)"
                                R"( WHERE id = -1"})"};
  return result + "]";
}

bool write_load::may_be_answered() const noexcept {
  return now_ns() < silent_from_.load();
}

void write_load::run(const std::string& url) {
  using outcome = patient_client::outcome;
  auto connection = patient_client{url};
  const auto subject = "sluice.db." + database_ + ".query";
  for (auto round = std::int64_t{1}; !is_stopping_.load(); ++round) {
    auto ids = std::vector<std::int64_t>{};
    const auto text = body(ids, round);
    const auto until = std::chrono::steady_clock::now() + last_answer_patience;
    const auto goes_on = [this, until] {
      return may_be_answered() && std::chrono::steady_clock::now() < until;
    };
    const auto got = connection.request(subject, text, {}, goes_on).what;
    const auto guard = std::lock_guard{mutex_};
    append(got == outcome::succeeded ? rows_.acknowledged
           : got == outcome::refused ? rows_.refused
                                     : rows_.unknown,
           ids);
    if (got == outcome::succeeded)
      ++acknowledged_requests_;
    if (got == outcome::unanswered) {
      if (may_be_answered())
        ++lost_replies_;
      return;
    }
  }
}

} // namespace sluice::tests
