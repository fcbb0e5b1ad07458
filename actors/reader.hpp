#pragma once

#include "actors/connection_cache.hpp"
#include "actors/interfaces.hpp"
#include "actors/read_queue.hpp"
#include "actors/serving_context.hpp"
#include "codec/json_writer.hpp"
#include "storage/database_dump.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::actors {

/// What a reader is born with.
struct reader_options {
  serving_context context;
  /// Its index in the queue.
  std::size_t index = 0;
  storage::connection_options connection;
  /// Memory of its connections.
  std::uint64_t cache_bytes_max = 256u << 20;
};

/// The state of a reader: takes reads from the queue, runs each on a cached
/// read-only connection, words and publishes the reply. Replies of one turn
/// leave in one write.
class reader {
public:
  explicit reader(reader_actor::pointer self) noexcept;

  static inline const char* name = "reader";

  void start(const reader_options& options, catalog_actor catalog);
  void work();
  void forget(const std::string& uuid);

private:
  using clock = std::chrono::steady_clock;

  void serve(job_ptr work);
  /// Whether a reader can run it: the writer makes the services' tables.
  [[nodiscard]] static bool can_serve(const job& work) noexcept;
  [[nodiscard]] codec::result<storage::execution>
  run_body(connection_cache::entry& on, const job& work,
           const storage::execution_limits& limits);
  /// Where the reply may be kept, what it is found by.
  [[nodiscard]] static std::optional<result_cache::key>
  kept_key(const job& work, std::uint64_t commit);
  [[nodiscard]] bool answer_from_cache(job& work,
                                       const result_cache::key& kept);
  void answer(job_ptr work, const storage::execution& done,
              std::uint64_t commit);
  void serve_read(job_ptr work, std::uint64_t commit);
  void serve_dump(job_ptr work);
  [[nodiscard]] codec::result<void> send_dump(job& work,
                                              storage::database_dump& dump);
  void fail(job_ptr work, const codec::error& cause);
  void put_back(job_ptr work);
  [[nodiscard]] codec::result<void> check(const job& work) const;
  void pass_to_writer(job_ptr work);
  void judge(const open_database_ptr& database, const codec::error& failure);
  void flush_if_due();

  reader_actor::pointer self_;
  std::unique_ptr<reader_options> options_;
  catalog_actor catalog_;
  std::unique_ptr<connection_cache> cache_;
  codec::json_writer out_;
  std::size_t unflushed_ = 0;
  bool is_thread_known_ = false;
  clock::time_point unflushed_since_;
  /// When the read that it is at began, or the last one ended.
  clock::time_point now_;
};

/// Spawn it detached: it waits for the disk.
reader_actor::behavior_type
make_reader(reader_actor::stateful_pointer<reader> self,
            const reader_options& options, const catalog_actor& catalog);

} // namespace sluice::actors
