#pragma once

#include "bench/nats_client.hpp"
#include "bench/outcome.hpp"

#include <cstdint>
#include <string>

namespace sluice::bench {

/// A database of Sluice that exists as long as this object, with the tables of
/// test_rows.hpp.
class bench_database {
public:
  /// Creates it and fills the table that is read.
  /// @param prefix first token of Sluice's subjects.
  /// @param name empty: one that no other run on the same server has.
  [[nodiscard]] static result<bench_database>
  create(const std::string& url, std::string prefix, std::string name = {});

  bench_database(bench_database&& other) noexcept = default;
  bench_database& operator=(bench_database&& other) noexcept = default;
  /// Deletes it: the server may be one that goes on.
  ~bench_database();

  /// Subject of its queries.
  [[nodiscard]] const std::string& query_subject() const noexcept {
    return query_subject_;
  }

  /// Makes the table that is written anew.
  [[nodiscard]] result<void> empty_written();
  [[nodiscard]] result<std::uint64_t> count_written();

private:
  bench_database(nats_handle<natsConnection> connection, std::string prefix,
                 std::string name);

  /// @return the body of a reply that is no failure.
  [[nodiscard]] result<std::string> call(const std::string& subject,
                                         const std::string& body);
  [[nodiscard]] result<std::string> query(const std::string& sql);
  [[nodiscard]] result<void> fill();
  [[nodiscard]] result<void> check_row();

  nats_handle<natsConnection> connection_;
  std::string prefix_;
  std::string name_;
  std::string query_subject_;
  bool is_created_ = false;
};

} // namespace sluice::bench
