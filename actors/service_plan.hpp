#pragma once

#include "codec/json_writer.hpp"
#include "services/service_request.hpp"
#include "services/statement_runner.hpp"
#include "storage/service_execution.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::actors {

/// Runs the steps of a service's request on a connection, and words the reply:
/// rows go from SQLite to JSON without a copy in between.
///
/// For one request. On a writer's connection the caller has opened a savepoint
/// and must roll back to it on an error; what was written to `out` is then of
/// no use. Belongs to the connection's thread.
class service_plan : private services::statement_runner {
public:
  /// @param connection, request and out outlive this.
  service_plan(storage::connection& connection,
               const services::service_request& request,
               const storage::execution_limits& limits,
               codec::json_writer& out);

  /// @return what became of it; never `needs_writer`.
  [[nodiscard]] codec::result<storage::execution> run();

private:
  class cursor_row;

  [[nodiscard]] codec::result<std::int64_t>
  run(std::string_view sql, const codec::named_parameters& params,
      const row_function& on_row) override;
  [[nodiscard]] codec::result<void> run_step(const services::step& step);
  [[nodiscard]] codec::result<void> run_object(const services::step& step);
  [[nodiscard]] codec::result<void> run_members(const services::step& step);
  [[nodiscard]] codec::result<void> run_list(const services::step& step);
  [[nodiscard]] codec::result<void> run_page(const services::step& step);
  [[nodiscard]] codec::result<void> run_check(const services::step& step);
  [[nodiscard]] codec::result<void> run_each(const services::step& step);
  [[nodiscard]] codec::result<storage::cursor> start(std::string_view sql);
  /// Runs to the end; whether there was a row.
  [[nodiscard]] codec::result<bool> run_to_end(std::string_view sql);
  [[nodiscard]] const codec::value* find_value(std::string_view name) const;

  const services::service_request& request_;
  storage::service_execution execution_;
  codec::json_writer& out_;
  codec::value now_;
  std::string buffer_;
  /// Rows of the last list.
  std::int64_t rows_ = 0;
};

} // namespace sluice::actors
