#include "storage/file_fault.hpp"

#include <sqlite3.h>

namespace sluice::storage {

using codec::error_code;
using codec::fault_kind;

bool is_damage(const codec::error& failure) noexcept {
  return failure.fault == fault_kind::damage;
}

bool is_shortage(const codec::error& failure) noexcept {
  return failure.fault == fault_kind::shortage;
}

bool is_full(const codec::error& failure) noexcept {
  return (failure.sqlite_code & 0xff) == SQLITE_FULL;
}

codec::error as_own_fault(codec::error failure) noexcept {
  if ((failure.sqlite_code & 0xff) == SQLITE_CORRUPT)
    failure.code = error_code::sql_error;
  failure.fault = fault_kind::request;
  return failure;
}

codec::error foreign_file(std::string_view found_uuid,
                          std::string_view wanted_uuid) {
  return {error_code::storage,
          std::string{"the file belongs to database "}
              .append(found_uuid)
              .append(", not to ")
              .append(wanted_uuid),
          fault_kind::damage};
}

codec::error stateless_file() {
  return {error_code::storage,
          "the file has no table _cf_METADATA: it is not one that Sluice made",
          fault_kind::damage};
}

} // namespace sluice::storage
