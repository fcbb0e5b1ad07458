#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the subjects mean. Pure functions and tables: no threads, no I/O.
namespace sluice::services {

struct operation;

/// Every request that Sluice serves. The values index `endpoints()`: these, and
/// behind them those of the services, in the order of their table.
enum class endpoint_id : std::uint16_t {
  db_query,
  db_exec,
  db_migrations_apply,
  db_migrations_list,
  db_dump,
  db_running,
  db_cancel,
  databases_create,
  databases_get,
  databases_list,
  databases_delete,
  health,
  stats,
  // NOLINTNEXTLINE(readability-identifier-naming): looks like none of them.
  service_0_,    ///< The first one of a service.
  none = 0xffff, ///< Not an endpoint.
};

/// One row of the table of endpoints.
struct endpoint {
  endpoint_id id;
  /// Name in service discovery (ADR-32: letters, digits, `-` and `_`).
  std::string_view name;
  /// Subject behind the prefix; `*` stands for the database's name.
  std::string_view subject;
  std::string_view description;
  /// What a service declares; null for the others.
  const services::operation* operation = nullptr;
};

/// All endpoints, in the order of their ids.
[[nodiscard]] std::span<const endpoint> endpoints() noexcept;

/// The subjects to subscribe to, behind the prefix; wider than the endpoints,
/// so that an unknown request gets an answer.
[[nodiscard]] std::span<const std::string_view> subscriptions() noexcept;

/// What a subject asks for. Views into the subject.
struct target {
  endpoint_id id = endpoint_id::none;
  /// Set where the endpoint's subject has a `*`.
  std::string_view database;
};

/// @param tail the subject behind the prefix and its dot.
/// @return nothing for a subject that no endpoint serves.
[[nodiscard]] std::optional<target> resolve(std::string_view tail) noexcept;

/// A database's name as the protocol has it: [a-z0-9][a-z0-9_-]{0,62}.
[[nodiscard]] bool is_database_name(std::string_view name) noexcept;

/// The rule, for error messages.
inline constexpr auto database_name_rule = std::string_view{
    "a database's name has 1 to 63 of a-z, 0-9, '_' and '-', and begins with a "
    "letter or a digit"};

} // namespace sluice::services
