#pragma once

#include <span>
#include <string_view>

/// The tables that the services work on.
namespace sluice::schema {

/// One versioned change of a schema.
struct migration {
  /// As it stands in `d1_migrations`. Those of the application schema begin
  /// with `sluice/`: a database may have migrations of its own.
  std::string_view name;
  std::string_view sql;
};

/// The files of schema/migrations, in the order in which they are applied.
[[nodiscard]] std::span<const migration> migrations() noexcept;

} // namespace sluice::schema
