#pragma once

/// Only for sqlite_library.cpp.
namespace sluice::storage {

/// Makes a VFS the default one that passes everything on to SQLite's own, and
/// counts the bytes of temporary files (sorting, DISTINCT, temporary tables,
/// what a savepoint needs to undo) in the resource_account of their thread.
/// Beyond the bound writing fails with SQLITE_FULL. Reads of databases look at
/// the request's deadline.
/// @return SQLite's result code.
[[nodiscard]] int register_bounded_vfs() noexcept;

} // namespace sluice::storage
