#pragma once

#include "codec/query_request.hpp"
#include "storage/connection.hpp"
#include "storage/executor.hpp"
#include "storage/write_transaction.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::storage {

/// What became of one request.
struct answer {
  codec::result<execution> done;
  /// The body of the reply; empty after a failure.
  std::string body;

  /// "<code>: <message>", or "none".
  [[nodiscard]] std::string failure() const;
  /// The value at a JSON pointer (RFC 6901), as JSON text; "absent" where
  /// there is none.
  [[nodiscard]] std::string at(const std::string& pointer) const;
  /// The same for an integer of the first statement's meta.
  [[nodiscard]] std::int64_t meta(const std::string& name) const;
  /// The results of a reply to one statement, byte by byte as they stand.
  [[nodiscard]] std::string results() const;
};

/// "<code>: <message>", or "none".
template <class T>
[[nodiscard]] std::string failure_of(const codec::result<T>& done) {
  return done ? std::string{"none"}
              : std::string{codec::name(done.error().code)} + ": "
                    + done.error().message;
}

/// The default options of a writer's connection, but for the durability.
[[nodiscard]] connection_options writer_options();

/// One statement, or with several a batch.
[[nodiscard]] codec::query_request
request(std::string sql, codec::parameters params = {},
        codec::results_format format = codec::results_format::array_of_objects);
[[nodiscard]] codec::query_request batch(const std::vector<std::string>& texts);

/// Reads the file at `path` with one connection to which nothing is forbidden,
/// and gives the first column of the first row.
[[nodiscard]] std::string look_into(const std::string& path,
                                    const std::string& sql);

/// A database file in a folder of its own, with its writer and a reader, which
/// serve requests as Sluice's own do.
class test_database {
public:
  explicit test_database(const connection_options& options = writer_options());

  /// A request to the writer: a transaction and a savepoint around it, both
  /// undone if it fails.
  answer write(const codec::query_request& request);
  answer write(std::string_view sql, codec::positional_parameters params = {});
  /// The same for a script.
  answer exec(std::string_view sql);
  /// A request to the reader.
  answer read(const codec::query_request& request);
  answer read(std::string_view sql, codec::positional_parameters params = {});

  /// Holds for the requests that follow.
  execution_limits limits;

  [[nodiscard]] connection& writer() noexcept {
    return *writer_;
  }
  [[nodiscard]] connection& reader() noexcept {
    return *reader_;
  }
  [[nodiscard]] write_transaction& transaction() noexcept {
    return *transaction_;
  }
  [[nodiscard]] executor& writer_executor() noexcept {
    return *writer_executor_;
  }
  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

private:
  template <class Run>
  answer run_as_writer(Run run);

  tests::temporary_directory folder_;
  std::string path_;
  std::unique_ptr<connection> writer_;
  std::unique_ptr<write_transaction> transaction_;
  std::unique_ptr<executor> writer_executor_;
  std::unique_ptr<connection> reader_;
  std::unique_ptr<executor> reader_executor_;
};

/// A script that must succeed.
void run(test_database& database, std::string_view sql);

} // namespace sluice::storage
