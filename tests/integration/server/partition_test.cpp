#include "tests/integration/messaging/connections.hpp"
#include "tests/integration/server/app_server.hpp"
#include "tests/integration/server/nats_sample.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <map>
#include <mutex>
#include <set>

/// Requests for databases that come by several connections.
namespace sluice::tests {

namespace {

constexpr auto databases = 16;

std::string name_of(int number) {
  return "d" + std::to_string(number);
}

/// Keeps the subjects of what arrives.
class subject_handler : public messaging::message_handler {
public:
  void on_message(const messaging::inbound_message& message) noexcept override {
    const auto guard = std::lock_guard{mutex_};
    subjects_.emplace_back(message.subject());
  }
  [[nodiscard]] std::vector<std::string> subjects() const {
    const auto guard = std::lock_guard{mutex_};
    return subjects_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> subjects_;
};

/// Sees what the NATS server sends to partitions.
struct partition_watch {
  explicit partition_watch(const std::string& url)
      : connection{connect_to(url)},
        subscription{
            subscribe_to(*connection, "sluice.partition.>", "", handler)} {
    // nop
  }

  /// All subjects that have come until now.
  [[nodiscard]] std::vector<std::string> subjects() const {
    must(connection->sync(patience));
    CHECK(subscription->drain(patience));
    return handler.subjects();
  }

  std::unique_ptr<messaging::connection> connection;
  subject_handler handler;
  std::unique_ptr<messaging::subscription> subscription;
};

/// Makes the databases, writes to them and reads them.
void use_all(client& remote) {
  for (auto i = 0; i < databases; ++i) {
    const auto name = name_of(i);
    remote.create_database(name);
    CHECK(remote.exec(name, query_body("CREATE TABLE t(x)")).code().empty());
    remote.run(name, "INSERT INTO t VALUES (" + std::to_string(i) + ")");
    CHECK(remote.run(name, "SELECT x FROM t").at("/results/0/x")
          == std::to_string(i));
  }
}

/// By which partition each database's requests came.
std::map<std::string, std::set<std::string>>
partitions_in(const std::vector<std::string>& subjects) {
  auto result = std::map<std::string, std::set<std::string>>{};
  // sluice.partition.N.db.NAME.query
  constexpr auto begin = std::string_view{"sluice.partition."};
  for (const auto& subject : subjects) {
    const auto tail = subject.substr(begin.size());
    const auto number = tail.substr(0, tail.find('.'));
    const auto rest = tail.substr(number.size() + std::string{".db."}.size());
    result[rest.substr(0, rest.find('.'))].insert(number);
  }
  return result;
}

/// config/nats with its partitions, as one would edit it.
class partitioned_sample {
public:
  partitioned_sample() {
    const auto from = std::filesystem::path{nats_sample_folder()};
    for (const auto* name : {"users.conf", "partitions.conf"})
      std::filesystem::copy_file(from / name, directory_.path() / name);
    auto text = read_text_file(from / "server.conf");
    const auto comment = std::string{"# include \"partitions.conf\""};
    const auto at = text.find(comment);
    REQUIRE(at != text.npos);
    text.erase(at, 2);
    write_text_file(file(), text);
  }
  [[nodiscard]] std::string file() const {
    return (directory_.path() / "server.conf").string();
  }

private:
  temporary_directory directory_;
};

} // namespace

TEST_CASE("the requests for a database all come by the same partition") {
  auto process = sluice_process{};
  auto watch = partition_watch{process.url()};
  auto remote = client{process.url()};
  use_all(remote);
  const auto subjects = watch.subjects();
  CHECK(subjects.size() == std::size_t{databases} * 3);
  const auto partitions = partitions_in(subjects);
  CHECK(partitions.size() == databases);
  auto used = std::set<std::string>{};
  for (const auto& [database, numbers] : partitions) {
    CAPTURE(database);
    CHECK(numbers.size() == 1);
    used.insert(numbers.begin(), numbers.end());
  }
  CHECK(used.size() > 1);
}

TEST_CASE("what nobody serves is named as it was asked for") {
  auto app = app_server{};
  const auto got = app.remote.request("sluice.db.app.unknown", "{}");
  CHECK(got.code() == "not_found");
  CHECK(got.body().contains("\"nobody serves the subject "
                            "sluice.db.app.unknown\""));
}

TEST_CASE("a partition serves databases only") {
  auto app = app_server{};
  const auto got = app.remote.connection().request(
      "sluice.partition.0.users.list", "{}", {}, patience);
  REQUIRE(!got);
  CHECK(got.error().what == messaging::failure::kind::no_responders);
}

TEST_CASE("without partitions all requests come by one connection") {
  auto process = sluice_process{{"--nats-partitions", "0"}};
  auto watch = partition_watch{process.url()};
  auto remote = client{process.url()};
  use_all(remote);
  CHECK(watch.subjects().empty());
}

TEST_CASE("partitions that the NATS server does not make do no harm") {
  auto nats = nats_server{};
  const auto process
      = sluice_process{{"--nats-url", nats.url(), "--nats-partitions", "3"}};
  auto remote = client{nats.url()};
  use_all(remote);
}

TEST_CASE("Sluice does not start where it may not listen to its partitions") {
  const auto nats = nats_server{R"(
authorization {
  users: [ {
    user: "sluice", password: "secret"
    permissions: { publish: ">", subscribe: { deny: "sluice.partition.>" } }
  } ]
})"};
  auto process
      = sluice_process{{"--nats-url", nats.url(), "--nats-user", "sluice",
                        "--nats-password", "secret", "--nats-partitions", "2"},
                       sluice_process::start_mode::launch};
  CHECK(process.wait() == 1);
  CHECK(process.log().contains("does not permit what Sluice needs"));
  CHECK(process.log().contains("sluice.partition."));
}

TEST_CASE("a server with the sample's users makes the sample's partitions") {
  const auto files = partitioned_sample{};
  const auto nats = nats_sample{files.file()};
  auto options = nats.options_of("service");
  options.insert(options.end(), {"--nats-partitions", "8"});
  const auto process = sluice_process{options};
  auto admin = client{nats.url(), nats.settings_of("admin")};
  use_all(admin);
  // Whoever may not query a database may not by its partition either.
  auto analyst = client{nats.url(), nats.settings_of("analyst")};
  auto& as = analyst.connection();
  for (auto i = 0; i < 8; ++i) {
    const auto got
        = as.request("sluice.partition." + std::to_string(i) + ".db.d0.query",
                     query_body("SELECT 1"), {}, patience);
    REQUIRE(!got);
    CHECK(got.error().what == messaging::failure::kind::not_permitted);
  }
}

} // namespace sluice::tests
