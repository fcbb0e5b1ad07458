#pragma once

#include "codec/query_request.hpp"
#include "storage/connection.hpp"
#include "storage/executor.hpp"
#include "storage/write_transaction.hpp"
#include "tests/support/temporary_directory.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::fuzz {

/// A request that goes to a database, as actors/job.hpp has it.
using request = std::variant<codec::query_request, codec::exec_request>;

/// A database with its writer's and a reader's connection, which serve requests
/// as the actors do, and watch that a request leaves nothing behind that the
/// next one could meet. Each request meets the same database.
class guarded_database {
public:
  guarded_database();

  enum class end : std::uint8_t { roll_back, commit };

  /// Serves a request with the writer: a savepoint in a group's transaction,
  /// with another request before it.
  void write(const request& work, end how);

  /// Serves a request with the reader; one that turns out to write with the
  /// writer.
  void read(const codec::query_request& work, end how);

  /// Whether the last request was SQL, as far as SQLite looked at it.
  [[nodiscard]] bool met_sql() const noexcept {
    return met_sql_;
  }

private:
  struct side {
    std::unique_ptr<storage::connection> connection;
    std::unique_ptr<storage::executor> executor;
    /// What there is before any request.
    std::string objects;
    std::string settings;
  };

  void make_template();
  void open();
  [[nodiscard]] side open_side(storage::access access);
  [[nodiscard]] codec::result<storage::execution> run(side& who,
                                                      const request& work);
  [[nodiscard]] bool run_in_savepoint(const request& work);
  [[nodiscard]] bool begin_group();
  [[nodiscard]] static std::string look(side& who, std::string_view sql);
  void expect_clean(side& who);
  void expect_usable();

  tests::temporary_directory folder_;
  std::string path_;
  storage::connection_options options_;
  /// The bytes of the database's file.
  std::string template_;
  /// What a transaction finds in it, with the other request.
  std::string data_;
  bool watches_settings_ = false;
  bool met_sql_ = true;
  codec::json_writer out_;
  side writer_;
  side reader_;
  std::optional<storage::write_transaction> transaction_;
};

} // namespace sluice::fuzz
