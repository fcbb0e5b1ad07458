#include "actors/connection_cache.hpp"

#include "storage/database_file.hpp"
#include "storage/file_watch.hpp"

#include <algorithm>
#include <utility>

namespace sluice::actors {

namespace {

/// To ask SQLite what a connection holds costs as much as a few reads.
constexpr auto uses_per_look = std::uint32_t{256};

} // namespace

connection_cache::connection_cache(const serving_context& context,
                                   options bounds)
    : context_{context}, bounds_{std::move(bounds)} {
  // nop
}

codec::result<connection_cache::entry*>
connection_cache::connect(const open_database& database) {
  const auto wanted = database.file_number.load(std::memory_order_relaxed);
  if (const auto found = by_uuid_.find(database.uuid);
      found != by_uuid_.end()) {
    const auto known = found->second;
    if (wanted == 0 || known->file_number == wanted) {
      entries_.splice(entries_.begin(), entries_, known);
      return &entries_.front();
    }
    close(known);
  }
  const auto path = context_.directory.database_path(database.uuid);
  const auto number = storage::file_number(path);
  // SQLite must not have two files of one name open.
  if (wanted != 0 && number != wanted)
    return codec::fail(codec::error_code::storage,
                       "the file " + database.uuid
                           + ".sqlite was removed or replaced");
  auto opened = storage::connection::open(path, bounds_.connection);
  if (!opened)
    return std::unexpected{opened.error()};
  if (auto owned = storage::check_owner(**opened, database.uuid); !owned)
    return std::unexpected{owned.error()};
  auto executor
      = std::make_unique<storage::executor>(**opened, context_.server_name);
  const auto entries_max = context_.settings.readers.connections_max;
  while (!entries_.empty() && entries_.size() >= entries_max)
    close(std::prev(entries_.end()));
  entries_.push_front(
      {database.uuid, number, std::move(*opened), std::move(executor)});
  by_uuid_.emplace(entries_.front().uuid, entries_.begin());
  return &entries_.front();
}

void connection_cache::after_use() {
  if (entries_.empty())
    return;
  auto& used = entries_.front();
  used.is_shrunk = false;
  if (used.uses++ % uses_per_look != 0)
    return;
  measure(used);
  if (bytes_ > bounds_.bytes_max)
    trim();
}

void connection_cache::measure(entry& measured) {
  bytes_ -= measured.bytes;
  measured.bytes = measured.connection->memory_bytes();
  bytes_ += measured.bytes;
}

/// All but the one that was used last may go.
void connection_cache::trim() {
  for (auto i = std::prev(entries_.end());
       i != entries_.begin() && bytes_ > bounds_.bytes_max; --i) {
    if (std::exchange(i->is_shrunk, true))
      continue;
    i->connection->give_memory_back();
    measure(*i);
  }
  while (entries_.size() > 1 && bytes_ > bounds_.bytes_max)
    close(std::prev(entries_.end()));
}

void connection_cache::close(std::list<entry>::iterator closed) {
  bytes_ -= closed->bytes;
  by_uuid_.erase(closed->uuid);
  entries_.erase(closed);
}

void connection_cache::close_last() {
  if (!entries_.empty())
    close(entries_.begin());
}

void connection_cache::forget(const std::string& uuid) {
  if (const auto found = by_uuid_.find(uuid); found != by_uuid_.end())
    close(found->second);
}

void connection_cache::clear() noexcept {
  by_uuid_.clear();
  entries_.clear();
  bytes_ = 0;
}

} // namespace sluice::actors
