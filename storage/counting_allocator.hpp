#pragma once

/// Only for sqlite_library.cpp.
namespace sluice::storage {

/// Has SQLite allocate through an allocator that counts in the
/// resource_account of its thread, and refuses what is beyond the bounds.
/// Before SQLite is initialized.
/// @return SQLite's result code.
[[nodiscard]] int install_counting_allocator() noexcept;

} // namespace sluice::storage
