#pragma once

#include "codec/error.hpp"
#include "codec/value.hpp"
#include "services/reply_member.hpp"

#include <cstdint>
#include <span>
#include <string>

/// The catalogue's requests, `databases.create`, `.get`, `.list`, `.delete`,
/// and those for the whole of a database: `db.<db>.dump`.
namespace sluice::services {

struct create_database {
  std::string name;
};

/// By name or by uuid; the other is empty.
struct get_database {
  std::string name;
  std::string uuid;
};

struct list_databases {
  /// Only databases whose name contains this.
  std::string name_part;
  /// From 1.
  std::uint32_t page = 1;
  std::uint32_t per_page = 100;
};

struct delete_database {
  std::string name;
};

/// Has no fields.
struct dump_database {};

inline constexpr auto databases_per_page_max = std::uint32_t{100};

/// Each checks the fields of a request; `bad_request` names the field.
[[nodiscard]] codec::result<create_database>
decode_create_database(const codec::named_parameters& fields);
[[nodiscard]] codec::result<get_database>
decode_get_database(const codec::named_parameters& fields);
[[nodiscard]] codec::result<list_databases>
decode_list_databases(const codec::named_parameters& fields);
[[nodiscard]] codec::result<delete_database>
decode_delete_database(const codec::named_parameters& fields);

[[nodiscard]] codec::result<dump_database>
decode_dump_database(const codec::named_parameters& fields);

/// A database as replies describe it.
struct database_description {
  std::string uuid = {};
  std::string name = {};
  std::string created_at = {};
  std::uint64_t file_size_bytes = 0;
  std::int64_t num_tables = 0;
  /// Its file is broken or gone: the size is what is there, and the tables are
  /// counted as far as they can be.
  bool is_quarantined = false;
};

inline constexpr auto database_members = std::array{
    text_member("uuid"),
    text_member("name"),
    time_member("created_at"),
    integer_member("file_size"),
    integer_member("num_tables"),
    text_member("version"),
    boolean_member("quarantined").optional(),
};
inline constexpr auto list_databases_members = std::array{
    list_member("databases", database_members),
    integer_member("page"),
    integer_member("per_page"),
    integer_member("total"),
};

/// {"success": true, "database": {…}}
[[nodiscard]] std::string encode_database(const database_description& database);

/// {"success": true, "databases": […], "page", "per_page", "total"}
[[nodiscard]] std::string
encode_databases(std::span<const database_description> databases,
                 const list_databases& request, std::uint64_t total);

/// {"success": true, "deleted": true}
[[nodiscard]] std::string encode_deleted();

/// The last message of a dump: {"success": true, "file_size": …}
[[nodiscard]] std::string encode_dumped(std::uint64_t file_size_bytes);

} // namespace sluice::services
