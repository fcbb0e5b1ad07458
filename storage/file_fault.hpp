#pragma once

#include "codec/error.hpp"

#include <string>
#include <string_view>

/// What a failure says about the file that it happened on.
namespace sluice::storage {

/// The file is damaged, or is another database's, as far as the failure tells.
/// SQLite says so of sound files, too: look before anything is done about it.
[[nodiscard]] bool is_damage(const codec::error& failure) noexcept;

/// Something is used up, or an attempt to write failed: the same may succeed
/// later, without anybody's doing to the file.
[[nodiscard]] bool is_shortage(const codec::error& failure) noexcept;

/// SQLite had no more room: on the disk, below a limit, or for a rowid.
[[nodiscard]] bool is_full(const codec::error& failure) noexcept;

/// A failure that told of damage as the request's own: a look has found the
/// file sound. SQLite takes a schema that it cannot read for damage, whatever
/// made it so.
[[nodiscard]] codec::error as_own_fault(codec::error failure) noexcept;

/// For a file that holds another database.
[[nodiscard]] codec::error foreign_file(std::string_view found_uuid,
                                        std::string_view wanted_uuid);

/// For a file that is a database, but none that Sluice made.
[[nodiscard]] codec::error stateless_file();

} // namespace sluice::storage
