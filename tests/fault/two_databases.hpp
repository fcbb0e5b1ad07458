#pragma once

#include "tests/fault/write_load.hpp"
#include "tests/support/client.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/sluice_process.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sluice::tests {

/// Reads from `load` again and again; every read must succeed, and none may see
/// less than the one before.
class read_load {
public:
  read_load(const std::string& url, std::string database);
  ~read_load();
  read_load(const read_load&) = delete;
  read_load& operator=(const read_load&) = delete;

  [[nodiscard]] std::int64_t reads() const noexcept {
    return reads_.load();
  }
  /// What the first read that went wrong was told; empty: none did.
  [[nodiscard]] std::string stop();

private:
  void run(const std::string& url);
  void read(const std::string& url);

  std::string database_;
  std::string failure_;
  std::atomic<std::int64_t> reads_ = 0;
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

/// A server with a database `app`, for a test to do things to, and a database
/// `other`, which is written to and read from all the while and must not notice
/// any of it.
class two_databases {
public:
  explicit two_databases(std::vector<std::string> options = {},
                         std::vector<std::string> launcher = {});

  /// Inserts rows into `app`, one request each.
  /// @return what the first request that fails is told: "CODE: MESSAGE"; empty:
  ///   none did.
  std::string write(int rows);
  /// The same, which must succeed.
  void must_write(int rows);
  /// Writes until it succeeds.
  void write_until_served();

  /// The rows of `app` that are acknowledged.
  [[nodiscard]] const std::set<std::int64_t>& acknowledged() const noexcept {
    return acknowledged_;
  }
  /// Those that a read gives.
  [[nodiscard]] std::set<std::int64_t> rows();
  /// What a read is told; empty where it succeeds.
  [[nodiscard]] std::string read_failure();
  /// Those that a file has, in the test's own eyes.
  [[nodiscard]] static std::set<std::int64_t>
  rows_in(const std::filesystem::path& file);

  /// The file of `app`, or what is named after it.
  [[nodiscard]] std::filesystem::path file(const std::string& suffix
                                           = ".sqlite") const;
  [[nodiscard]] std::filesystem::path databases_folder() const;

  [[nodiscard]] std::string health(const std::string& pointer);
  /// Waits until something holds; where it does not come to be, the log tells
  /// why.
  void await(const std::string& what, const std::function<bool()>& holds);
  /// Waits until health says so, and checks what it says of `app`.
  void await_quarantine(const std::string& cause);
  void await_health();

  /// Ends the load on `other`, and checks that it has missed nothing.
  void check_other();

  /// Ends the load where it may suffer as well.
  void drop_other();

  /// Ends the load and the process, in order or with SIGKILL.
  void stop();
  void kill();
  /// Starts both again.
  void start();

  nats_server nats;
  sluice_process process;
  std::unique_ptr<client> remote;

private:
  [[nodiscard]] std::set<std::int64_t> rows_of(const std::string& database);
  void start_load();
  void stop_load(bool is_dead);

  std::string uuid_;
  std::int64_t next_id_ = 1;
  std::set<std::int64_t> acknowledged_;
  std::int64_t next_other_id_ = 1;
  std::set<std::int64_t> other_acknowledged_;
  std::optional<write_load> other_writes_;
  std::optional<read_load> other_reads_;
};

/// Writes bytes into a file where it is, as a program would that takes it for
/// its own.
void overwrite(const std::filesystem::path& file, std::uint64_t offset,
               std::uint64_t bytes);

/// The whole content of a file in the place of another's: not another file.
void overwrite_with(const std::filesystem::path& file,
                    const std::string& content);

} // namespace sluice::tests
