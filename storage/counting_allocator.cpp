#include "storage/counting_allocator.hpp"

#include "storage/resource_account.hpp"

#include <sqlite3.h>

namespace sluice::storage {

namespace {

/// A look at the clock for so many allocations: compiling takes some for each
/// word of a statement, so that is well below a millisecond.
constexpr auto allocations_per_look = std::uint32_t{256};

/// The allocator that SQLite would use itself.
sqlite3_mem_methods& real() noexcept {
  static constinit auto methods = sqlite3_mem_methods{};
  return methods;
}

bool refuse(resource_account& account, resource_refusal why) noexcept {
  account.refused = why;
  return false;
}

/// Whether the request that this thread serves may have `bytes` more.
bool allows(resource_account& account, std::int64_t bytes) noexcept {
  if (account.memory_bytes + bytes > account.bounds.memory_bytes_max)
    return refuse(account, resource_refusal::memory);
  // SQLite recurses without a bound of its own into views, triggers and
  // foreign key actions, but not without allocating.
  const auto here
      = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here < account.bounds.stack_end)
    return refuse(account, resource_refusal::stack);
  if (++account.allocations % allocations_per_look == 0
      && account.bounds.until != resource_bounds::clock::time_point::max()
      && resource_bounds::clock::now() >= account.bounds.until)
    return refuse(account, resource_refusal::time);
  return true;
}

void* allocate(int bytes) noexcept {
  auto& account = resource_account::of_this_thread();
  if (!allows(account, bytes))
    return nullptr;
  auto* result = real().xMalloc(bytes);
  if (result != nullptr)
    account.memory_bytes += real().xSize(result);
  return result;
}

void release(void* memory) noexcept {
  resource_account::of_this_thread().memory_bytes -= real().xSize(memory);
  real().xFree(memory);
}

void* reallocate(void* memory, int bytes) noexcept {
  auto& account = resource_account::of_this_thread();
  const auto before = real().xSize(memory);
  if (!allows(account, std::int64_t{bytes} - before))
    return nullptr;
  auto* result = real().xRealloc(memory, bytes);
  if (result != nullptr)
    account.memory_bytes += real().xSize(result) - before;
  return result;
}

} // namespace

int install_counting_allocator() noexcept {
  if (const auto found = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real());
      found != SQLITE_OK)
    return found;
  auto counting = real();
  counting.xMalloc = allocate;
  counting.xFree = release;
  counting.xRealloc = reallocate;
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &counting);
}

} // namespace sluice::storage
