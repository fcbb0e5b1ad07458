#pragma once

#include "codec/json_writer.hpp"
#include "codec/value.hpp"
#include "storage/connection.hpp"
#include "storage/executor.hpp"
#include "storage/request_bounds.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice::storage {

/// Where the parameters of a service's statement find their values, by their
/// names without the colon; null: there is none of that name. Each lives until
/// its statement's cursor ends.
using value_source = std::function<const codec::value*(std::string_view name)>;

/// One execution of a prepared statement, row by row; reset with this object.
class cursor {
public:
  cursor(connection& owner, statement& run) noexcept;
  ~cursor();
  cursor(cursor&& other) noexcept;
  cursor& operator=(cursor&&) = delete;

  /// @return whether there is a row.
  [[nodiscard]] codec::result<bool> next();

  /// Of the row: NULL is 0 or "". A text is valid until the next call.
  [[nodiscard]] std::int64_t integer(int column) const noexcept;
  [[nodiscard]] std::string_view text(int column) const noexcept;

  /// The row's columns as members of the object that `out` is in.
  /// @param bytes_max what `out` may hold; beyond it `too_large`.
  [[nodiscard]] codec::result<void> write_members(codec::json_writer& out,
                                                  std::size_t bytes_max);

private:
  connection* owner_;
  statement* run_;
};

/// Runs the statements of one request of a service on a connection: within its
/// deadline and its bounds, with the rights of a client's, for triggers are
/// clients'. Several statements of a reader see one snapshot. A writer has
/// opened a savepoint. Ended by its destructor; one at a time per thread.
class service_execution {
public:
  /// @param wants_snapshot more than one statement reads.
  service_execution(connection& owner, const execution_limits& limits,
                    bool wants_snapshot);
  ~service_execution();
  service_execution(const service_execution&) = delete;
  service_execution& operator=(const service_execution&) = delete;

  /// Prepares a statement, or finds it prepared, and binds its parameters.
  /// @return `internal` for a parameter that has no value.
  [[nodiscard]] codec::result<cursor> start(std::string_view sql,
                                            const value_source& values);

  /// Rows that were changed since it began, those of triggers included.
  [[nodiscard]] std::int64_t changes() const noexcept;
  /// Rows that the last statement changed by itself.
  [[nodiscard]] std::int64_t last_changes() const noexcept;

  [[nodiscard]] const execution_limits& limits() const noexcept {
    return limits_;
  }

private:
  [[nodiscard]] codec::result<statement*> prepared(std::string_view sql);
  [[nodiscard]] codec::result<void> open_snapshot();

  connection& connection_;
  execution_limits limits_;
  request_bounds bounds_;
  bool wants_snapshot_;
  bool has_snapshot_ = false;
  std::int64_t changes_before_;
};

} // namespace sluice::storage
