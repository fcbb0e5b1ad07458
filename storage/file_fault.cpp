#include "storage/file_fault.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace sluice::storage {

namespace {

using codec::error_code;

constexpr auto foreign_text = std::string_view{"the file belongs to database "};
constexpr auto stateless_text
    = std::string_view{"the file has no table _cf_METADATA"};

// Names at the end of messages, see sqlite_error.hpp.
constexpr auto damage_names = std::array<std::string_view, 8>{
    "SQLITE_CORRUPT",    "SQLITE_NOTADB",
    "SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ",
    "SQLITE_IOERR_DATA", "SQLITE_IOERR_CORRUPTFS",
    foreign_text,        stateless_text,
};
constexpr auto shortage_names = std::array<std::string_view, 8>{
    "SQLITE_FULL",           "SQLITE_IOERR_WRITE",   "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_DIR_FSYNC",
    "SQLITE_IOERR_NOMEM",    "SQLITE_IOERR_LOCK",
};

bool names_any(const codec::error& failure,
               std::span<const std::string_view> names) noexcept {
  return failure.code == error_code::storage
         && std::ranges::any_of(names, [&failure](std::string_view name) {
              return failure.message.contains(name);
            });
}

} // namespace

bool is_damage(const codec::error& failure) noexcept {
  return names_any(failure, damage_names)
         && !failure.message.contains("SQLITE_CORRUPT_VTAB");
}

bool is_shortage(const codec::error& failure) noexcept {
  return names_any(failure, shortage_names);
}

codec::error foreign_file(std::string_view found_uuid,
                          std::string_view wanted_uuid) {
  return {error_code::storage, std::string{foreign_text}
                                   .append(found_uuid)
                                   .append(", not to ")
                                   .append(wanted_uuid)};
}

codec::error stateless_file() {
  return {error_code::storage,
          std::string{stateless_text} + ": it is not one that Sluice made"};
}

} // namespace sluice::storage
