#pragma once

#include "actors/authentication.hpp"
#include "codec/json_writer.hpp"
#include "services/service_request.hpp"
#include "services/statement_runner.hpp"
#include "storage/service_execution.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::actors {

/// Makes the tokens of the session that a request begins or renews.
struct token_maker {
  const authentication& shared;
  std::string_view database;
  std::string_view refresh_token;
};

/// Whose password a request is to be checked against.
struct found_account {
  /// 0: there is none.
  std::int64_t id = 0;
  /// Empty: nobody can log in with a password.
  std::string hash = {};
};

/// Whether a token's session lasts; comes before the statements of a request
/// that needs a token.
inline constexpr auto session_sql = std::string_view{
    "SELECT 1 FROM sessions WHERE id = :caller_session AND user_id = "
    ":caller_id AND expires_at > :now"};

/// Runs the steps of a service's request on a connection, and words the reply:
/// rows go from SQLite to JSON without a copy in between.
///
/// For one request. On a writer's connection the caller has opened a savepoint
/// and must roll back to it on an error; what was written to `out` is then of
/// no use. Belongs to the connection's thread.
class service_plan : private services::statement_runner {
public:
  /// @param connection, request, out and tokens outlive this.
  /// @param tokens null where the request is not about sessions.
  service_plan(storage::connection& connection,
               const services::service_request& request,
               const storage::execution_limits& limits, codec::json_writer& out,
               const token_maker* tokens = nullptr);

  /// @return what became of it; never `needs_writer`.
  [[nodiscard]] codec::result<storage::execution> run();

  /// After `run`: the request fails with this, but is committed.
  [[nodiscard]] const std::optional<codec::error>&
  kept_failure() const noexcept {
    return kept_failure_;
  }

  /// Instead of `run`: whose password the request is checked against.
  [[nodiscard]] codec::result<found_account> look_up();

private:
  class cursor_row;

  [[nodiscard]] codec::result<std::int64_t>
  run(std::string_view sql, const codec::named_parameters& params,
      const row_function& on_row) override;
  [[nodiscard]] codec::result<services::issued_tokens>
  issue_tokens(const services::token_owner& owner) override;
  [[nodiscard]] codec::result<void>
  keep_and_fail(codec::error failure) override;
  [[nodiscard]] codec::result<void> require_session();
  [[nodiscard]] codec::result<void> run_step(const services::step& step);
  [[nodiscard]] codec::result<void> run_object(const services::step& step);
  [[nodiscard]] codec::result<void> run_members(const services::step& step);
  [[nodiscard]] codec::result<void> run_list(const services::step& step);
  [[nodiscard]] codec::result<void> run_page(const services::step& step);
  [[nodiscard]] codec::result<void> run_check(const services::step& step);
  [[nodiscard]] codec::result<void> run_each(const services::step& step);
  /// A statement at its first row, if it has one.
  struct started {
    storage::cursor rows;
    bool has_row = false;
  };
  [[nodiscard]] codec::result<storage::cursor> start(std::string_view sql);
  [[nodiscard]] codec::result<started> start_at_row(std::string_view sql);
  /// Runs to the end; whether there was a row.
  [[nodiscard]] codec::result<bool> run_to_end(std::string_view sql);
  [[nodiscard]] const codec::value* find_value(std::string_view name) const;

  const services::service_request& request_;
  storage::service_execution execution_;
  codec::json_writer& out_;
  const token_maker* tokens_;
  std::optional<codec::error> kept_failure_;
  codec::value now_;
  std::string buffer_;
  /// Rows of the last list.
  std::int64_t rows_ = 0;
};

} // namespace sluice::actors
