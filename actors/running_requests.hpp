#pragma once

#include "actors/open_databases.hpp"
#include "actors/read_queue.hpp"
#include "services/running.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::actors {

/// What runs for a database, to be listed and cancelled: its reads and its
/// write. Nothing is kept of it while a request runs but who runs it; an id is
/// made when it is asked for, by a key of this server's, so that one cannot be
/// guessed. Any thread.
class running_requests {
public:
  /// @param databases and queue outlive this.
  running_requests(const open_databases& databases, const read_queue& queue);

  /// @return the reply, or `not_found` where there is no such database.
  [[nodiscard]] codec::result<std::string>
  list(std::string_view database_name) const;

  /// @return `not_found` where there is no such database, or no request of it
  ///   has that id.
  [[nodiscard]] codec::result<void> cancel(std::string_view database_name,
                                           std::string_view id) const;

private:
  [[nodiscard]] codec::result<void>
  check_known(std::string_view database_name) const;
  [[nodiscard]] std::vector<read_queue::running_read>
  find(const open_database& database) const;
  [[nodiscard]] std::string id_of(const read_queue::running_read& run) const;

  const open_databases& databases_;
  const read_queue& queue_;
  std::array<unsigned char, 16> key_;
};

} // namespace sluice::actors
