#pragma once

#include "actors/open_databases.hpp"
#include "actors/serving_context.hpp"
#include "storage/connection.hpp"
#include "storage/executor.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::actors {

/// A reader's connections, most recently used first. Bounded by their number
/// and by the memory that SQLite holds for them: those that were not used for
/// the longest time give their pages up, then they are closed. Belongs to the
/// reader's thread.
class connection_cache {
public:
  struct options {
    storage::connection_options connection;
    std::uint64_t bytes_max = 0;
  };
  struct entry {
    std::string uuid;
    std::uint64_t file_number = 0;
    std::unique_ptr<storage::connection> connection;
    std::unique_ptr<storage::executor> executor;
    /// What it held when it was looked at last.
    std::uint64_t bytes = 0;
    std::uint32_t uses = 0;
    /// It has given up what it can without being closed.
    bool is_shrunk = false;
  };

  connection_cache(const serving_context& context, options bounds);

  /// The connection to a database, opened where there is none to this file.
  [[nodiscard]] codec::result<entry*> connect(const open_database& database);

  /// The connection that was used last is not used any more: from time to time
  /// looks at how much memory it holds.
  void after_use();

  /// Closes the connection that was used last.
  void close_last();
  void forget(const std::string& uuid);
  void clear() noexcept;

private:
  void measure(entry& measured);
  void trim();
  void close(std::list<entry>::iterator closed);

  serving_context context_;
  options bounds_;
  std::list<entry> entries_;
  std::unordered_map<std::string_view, std::list<entry>::iterator> by_uuid_;
  std::uint64_t bytes_ = 0;
};

} // namespace sluice::actors
