#pragma once

#include "codec/error.hpp"
#include "codec/value.hpp"
#include "services/issued_tokens.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice::codec {
class json_writer;
} // namespace sluice::codec

namespace sluice::services {

/// A row that a statement returned; valid until the next one.
class row {
public:
  virtual ~row() = default;
  /// NULL is 0 or "".
  [[nodiscard]] virtual std::int64_t integer(int column) = 0;
  [[nodiscard]] virtual std::string_view text(int column) = 0;
  /// As an object, straight into the reply.
  /// @param more writes further members before the object ends; may be empty.
  [[nodiscard]] virtual codec::result<void>
  write_object(codec::json_writer& out,
               const std::function<void(codec::json_writer&)>& more)
      = 0;
};

/// Runs statements for a step that is a function, within the request's
/// transaction and deadline.
class statement_runner {
public:
  using row_function = std::function<codec::result<bool>(row& next)>;

  virtual ~statement_runner() = default;
  /// @param sql a constant text: it is prepared once. Its parameters are the
  ///   request's values, and before them `params`.
  /// @param on_row gets each row; false: no more are wanted.
  /// @return how many rows the statement changed.
  [[nodiscard]] virtual codec::result<std::int64_t>
  run(std::string_view sql, const codec::named_parameters& params,
      const row_function& on_row)
      = 0;
  /// Tokens of the session that the request begins or renews.
  [[nodiscard]] virtual codec::result<issued_tokens>
  issue_tokens(const token_owner& owner) = 0;
  /// For `return statements.keep_and_fail({…})`: the request fails with this
  /// error, and what it has changed is committed nevertheless.
  [[nodiscard]] virtual codec::result<void> keep_and_fail(codec::error failure)
      = 0;
};

} // namespace sluice::services
