#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/data_directory.hpp"

/// How the catalogue's file comes to be what the catalogue expects.
namespace sluice::storage {

/// Makes the tables of a new catalogue, and adds to one of an earlier version
/// what it lacks, all in one transaction.
[[nodiscard]] codec::result<void>
set_up_catalogue(connection& connection, const data_directory& directory);

/// Looks through all of it: who finds a database only by a damaged page would
/// find none, and say so of each.
/// @return an error that says what is damaged, and what to do.
[[nodiscard]] codec::result<void> check_catalogue(connection& connection);

/// A new catalogue must not hide databases that are there.
[[nodiscard]] codec::result<void>
require_no_databases(const data_directory& directory);

/// Adds what to do about a catalogue that cannot be opened.
[[nodiscard]] codec::error with_catalogue_remedy(codec::error failure);

} // namespace sluice::storage
