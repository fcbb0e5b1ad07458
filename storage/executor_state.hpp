#pragma once

#include "codec/error.hpp"
#include "codec/json_writer.hpp"
#include "storage/executor.hpp"
#include "storage/foreign_keys.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

/// Only for the executor's own sources.
namespace sluice::storage {

[[nodiscard]] double
milliseconds_since(std::chrono::steady_clock::time_point start);

/// What belongs to one request while it runs.
struct executor::run_state {
  const execution_limits& limits;
  codec::json_writer& out;
  execution done = {};
  bool has_snapshot = false;
  /// Of a streamed result.
  std::optional<row_parts> parts = {};
  /// Set once the request has switched foreign keys off.
  std::optional<foreign_key_switch> keys = {};
  /// A statement ran that does more than to switch them.
  bool does_more = false;
  /// What the statements of a text did before its last one, which has the meta
  /// of all.
  statement_meta earlier = {};
  // Of the statement that runs.
  std::chrono::steady_clock::time_point started = {};
  std::int64_t changes_before = 0;
  /// The schema's version before a statement that creates something.
  std::optional<std::int64_t> schema_before = {};

  [[nodiscard]] codec::result<void> check_reply_size() const;
  [[nodiscard]] row_parts* parts_or_null() noexcept {
    return parts ? &*parts : nullptr;
  }
};

} // namespace sluice::storage
