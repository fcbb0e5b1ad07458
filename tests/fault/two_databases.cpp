#include "tests/fault/two_databases.hpp"

#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

namespace sluice::tests {

namespace {

namespace fs = std::filesystem;

constexpr auto load_clients = 3;

std::string failure_text(const reply& got) {
  return got.code().empty() ? std::string{}
                            : got.code() + ": " + got.at("/error");
}

std::set<std::int64_t> ids_in(const std::string& text) {
  auto result = std::set<std::int64_t>{};
  auto in = std::istringstream{text};
  for (auto id = std::string{}; std::getline(in, id, ',');)
    result.insert(std::stoll(id));
  return result;
}

bool contains_all(const std::set<std::int64_t>& all,
                  const std::set<std::int64_t>& part) {
  return std::ranges::includes(all, part);
}

} // namespace

// -- read_load ----------------------------------------------------------------

read_load::read_load(const std::string& url, std::string database)
    : database_{std::move(database)}, thread_{[this, url] {
        run(url);
      }} {}

read_load::~read_load() {
  static_cast<void>(stop());
}

std::string read_load::stop() {
  is_stopping_.store(true);
  if (thread_.joinable())
    thread_.join();
  return failure_;
}

void read_load::run(const std::string& url) {
  try {
    read(url);
  } catch (const std::exception& problem) {
    failure_ = problem.what();
  }
}

void read_load::read(const std::string& url) {
  auto own = client{url};
  auto before = std::int64_t{0};
  while (!is_stopping_.load() && failure_.empty()) {
    const auto got
        = own.query(database_, R"({"sql":"SELECT count(*) AS n FROM load"})");
    if (!got.code().empty()) {
      failure_ = failure_text(got);
      return;
    }
    const auto now = std::stoll(got.at("/results/0/n"));
    if (now < before)
      failure_ = std::to_string(now) + " rows after " + std::to_string(before);
    before = now;
    ++reads_;
  }
}

// -- two_databases ------------------------------------------------------------

two_databases::two_databases(std::vector<std::string> options,
                             std::vector<std::string> launcher)
    : process{[this, &options] {
                const auto retry
                    = std::string{"--databases-quarantine-retry-s"};
                options.insert(options.end(), {"--nats-url", nats.url()});
                if (std::ranges::find(options, retry) == options.end())
                  options.insert(options.end(), {retry, "1"});
                return options;
              }(),
              sluice_process::start_mode::later, std::move(launcher)} {
  process.start();
  remote = std::make_unique<client>(nats.url());
  for (const auto* name : {"app", "other"}) {
    remote->create_database(name);
    remote->run(name, "CREATE TABLE load (id INTEGER PRIMARY KEY, text TEXT)");
  }
  const auto text = remote->request("sluice.databases.get", R"({"name":"app"})")
                        .at("/database/uuid");
  uuid_ = text.substr(1, text.size() - 2);
  start_load();
}

void two_databases::start_load() {
  other_writes_.emplace(nats.url(), "other", load_clients, next_other_id_);
  other_reads_.emplace(nats.url(), "other");
  const auto writes = other_writes_->acknowledged_requests();
  wait_until("the other database is under load", patience, [this, writes] {
    return other_writes_->acknowledged_requests() > writes + 10
           && other_reads_->reads() > 10;
  });
}

void two_databases::stop_load(bool is_dead) {
  if (!other_writes_)
    return;
  if (is_dead)
    other_writes_->stop_without_answers();
  else
    other_writes_->stop();
  CHECK(other_writes_->lost_replies() == 0);
  for (const auto id : other_writes_->rows().acknowledged) {
    other_acknowledged_.insert(id);
    next_other_id_ = std::max(next_other_id_, id + 1'000'000);
  }
  other_writes_.reset();
}

void two_databases::await(const std::string& what,
                          const std::function<bool()>& holds) {
  try {
    wait_until(what, patience, holds);
  } catch (const std::exception& problem) {
    throw std::runtime_error{problem.what() + (":\n" + process.log())};
  }
}

std::string two_databases::write(int rows) {
  for (auto i = 0; i < rows; ++i) {
    const auto id = next_id_++;
    const auto got = remote->query(
        "app", R"~({"sql":"INSERT INTO load VALUES (?, ?)","params":[)~"
                   + std::to_string(id) + ",\"" + std::string(200, 'x')
                   + "\"]}");
    if (!got.code().empty())
      return failure_text(got);
    acknowledged_.insert(id);
  }
  return {};
}

void two_databases::must_write(int rows) {
  REQUIRE(write(rows) == "");
}

void two_databases::write_until_served() {
  await("writes are served again", [this] { return write(1).empty(); });
}

std::set<std::int64_t> two_databases::rows() {
  return rows_of("app");
}

std::set<std::int64_t> two_databases::rows_of(const std::string& database) {
  auto result = std::set<std::int64_t>{};
  while (true) {
    const auto after = result.empty() ? 0 : *result.rbegin();
    const auto ids
        = remote
              ->run(database, "SELECT group_concat(id) AS ids FROM (SELECT id "
                              "FROM load WHERE id > "
                                  + std::to_string(after)
                                  + " ORDER BY id LIMIT 50000)")
              .at("/results/0/ids");
    if (ids == "null")
      return result;
    result.merge(ids_in(ids.substr(1, ids.size() - 2)));
  }
}

std::string two_databases::read_failure() {
  return failure_text(
      remote->query("app", R"({"sql":"SELECT sum(id), max(text) FROM load"})"));
}

std::set<std::int64_t> two_databases::rows_in(const fs::path& file) {
  sqlite3* db = nullptr;
  const auto opened
      = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  auto text = std::string{};
  auto intact = std::string{};
  const auto ask = [db](const char* sql, std::string& out) {
    return sqlite3_exec(
               db, sql,
               [](void* to, int, char** values, char**) {
                 *static_cast<std::string*>(to)
                     = values[0] != nullptr ? values[0] : "";
                 return 0;
               },
               &out, nullptr)
           == SQLITE_OK;
  };
  const auto is_read = opened == SQLITE_OK
                       && ask("SELECT group_concat(id) FROM load", text)
                       && ask("PRAGMA integrity_check", intact);
  const auto problem = std::string{sqlite3_errmsg(db)};
  sqlite3_close(db);
  if (!is_read)
    throw std::runtime_error{file.string() + ": " + problem};
  CHECK(intact == "ok");
  return ids_in(text);
}

fs::path two_databases::databases_folder() const {
  return fs::path{process.data()} / "databases";
}

fs::path two_databases::file(const std::string& suffix) const {
  return databases_folder() / (uuid_ + suffix);
}

std::string two_databases::health(const std::string& pointer) {
  return remote->request("sluice.stats", "").at(pointer);
}

void two_databases::await_quarantine(const std::string& cause) {
  await("it is quarantined for '" + cause + "'", [this, &cause] {
    return health("/quarantined/0/cause").contains(cause);
  });
  const auto got = remote->request("sluice.health", "");
  CHECK(got.code().empty());
  CHECK(got.header("Nats-Service-Error").empty());
  CHECK(got.at("/success") == "true");
  CHECK(got.at("/status") == "\"degraded\"");
  CHECK(got.at("/databases_quarantined") == "1");
  // Every application may ask for health, so it names no database.
  CHECK(got.at("/quarantined") == "(none)");
  CHECK(health("/databases_quarantined") == "1");
  CHECK(health("/quarantined/0/name") == "\"app\"");
  CHECK(health("/quarantined/0/uuid") == "\"" + uuid_ + "\"");
  CHECK(remote->request("sluice.databases.get", R"({"name":"app"})")
            .at("/database/quarantined")
        == "true");
  CHECK(remote->request("sluice.databases.list", "{}").code().empty());
}

void two_databases::await_health() {
  await("all is well", [this] { return health("/status") == "\"ok\""; });
}

void two_databases::check_other() {
  CHECK(other_reads_->stop() == "");
  stop_load(false);
  CHECK(contains_all(rows_of("other"), other_acknowledged_));
  CHECK(other_acknowledged_.size() > 10);
}

void two_databases::drop_other() {
  static_cast<void>(other_reads_->stop());
  stop_load(false);
}

void two_databases::kill() {
  CHECK(other_reads_->stop() == "");
  process.kill();
  stop_load(true);
}

void two_databases::stop() {
  CHECK(other_reads_->stop() == "");
  stop_load(false);
  CHECK(process.stop() == 0);
}

void two_databases::start() {
  process.start();
  start_load();
}

// -- files --------------------------------------------------------------------

void overwrite(const fs::path& file, std::uint64_t offset,
               std::uint64_t bytes) {
  auto random = std::mt19937{42};
  auto out
      = std::fstream{file, std::ios::in | std::ios::out | std::ios::binary};
  out.seekp(static_cast<std::streamoff>(offset));
  for (auto i = std::uint64_t{0}; i < bytes; ++i)
    out.put(static_cast<char>(random()));
  out.flush();
  if (!out)
    throw std::runtime_error{"cannot write to " + file.string()};
}

void overwrite_with(const fs::path& file, const std::string& content) {
  auto out = std::ofstream{file, std::ios::binary};
  out << content;
  out.flush();
  if (!out)
    throw std::runtime_error{"cannot write to " + file.string()};
}

} // namespace sluice::tests
