#pragma once

#include "bench/nats_client.hpp"
#include "bench/outcome.hpp"

#include <cstdint>
#include <string>

namespace sluice::bench {

/// How much is written, and where.
struct blog_size {
  std::uint32_t users = 1'000;
  std::uint32_t posts = 10'000;
  std::uint64_t seed = 1;
};

/// A database of Sluice with the services' tables in it, filled through the
/// services alone.
class blog_database {
public:
  /// @param prefix first token of Sluice's subjects.
  /// @param name of the database, which must be there.
  [[nodiscard]] static result<blog_database>
  open(const std::string& url, std::string prefix, std::string name);

  /// Writes users and posts to a database that has no users yet, and says how
  /// far it is.
  [[nodiscard]] result<void> fill(const blog_size& size);

  /// @param tail e.g. "posts.search".
  /// @return the body of a reply that is no failure.
  [[nodiscard]] result<std::string> call(const std::string& tail,
                                         const std::string& body);

private:
  blog_database(nats_handle<natsConnection> connection, std::string prefix,
                std::string name);

  nats_handle<natsConnection> connection_;
  std::string prefix_;
  std::string name_;
};

} // namespace sluice::bench
