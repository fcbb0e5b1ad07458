#pragma once

#include "codec/error.hpp"
#include "codec/request_object.hpp"
#include "services/field.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// `db.<db>.migrations.*`: versioned changes of a schema.
namespace sluice::services {

/// One of them, as a client sends it.
struct named_migration {
  std::string name;
  std::string sql;
};

/// Those that a database has not had yet are applied, in this order.
struct apply_migrations {
  std::vector<named_migration> migrations;
};

struct list_migrations {};

/// The fields of the request.
[[nodiscard]] std::span<const field> apply_migrations_fields() noexcept;

/// What the names of the services' own begin with; a client's must not.
inline constexpr auto own_migration_prefix = std::string_view{"sluice/"};

/// `bad_request` names the field.
[[nodiscard]] codec::result<apply_migrations>
decode_apply_migrations(codec::request_object&& object);
[[nodiscard]] codec::result<list_migrations>
decode_list_migrations(codec::request_object&& object);

/// {"success": true, "applied": ["0001_users"]}
[[nodiscard]] std::string
encode_applied(std::span<const std::string_view> names);

/// The failure of one, with those that went before it.
[[nodiscard]] codec::error
migration_failure(const named_migration& failed,
                  std::span<const std::string_view> applied,
                  const codec::error& cause);

} // namespace sluice::services
