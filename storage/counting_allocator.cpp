#include "storage/counting_allocator.hpp"

#include "storage/resource_account.hpp"

#include <malloc.h>
#include <sqlite3.h>

#include <cstdlib>

namespace sluice::storage {

namespace {

/// A look at the clock for so many allocations: compiling takes some for each
/// word of a statement, so that is well below a millisecond. A large one counts
/// for more: what is done with it takes longer.
constexpr auto allocations_per_look = std::int64_t{256};
constexpr auto bytes_per_allocation = std::int64_t{4096};

bool refuse(resource_account& account, resource_refusal why) noexcept {
  account.refused = why;
  return false;
}

bool is_in_time(resource_account& account) noexcept {
  account.until_look = allocations_per_look;
  return !account.bounds.is_over() || refuse(account, resource_refusal::time);
}

/// Whether the request that this thread serves may have `bytes` more.
bool allows(resource_account& account, std::int64_t bytes) noexcept {
  const auto& bounds = account.bounds;
  if (account.memory_bytes + bytes > bounds.memory_bytes_max)
    return refuse(account, resource_refusal::memory);
  // SQLite recurses without a bound of its own into views, triggers and
  // foreign key actions, but not without allocating.
  const auto here
      = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here < bounds.stack_end)
    return refuse(account, resource_refusal::stack);
  account.until_look -= 1 + bytes / bytes_per_allocation;
  return account.until_look >= 0 || is_in_time(account);
}

void notice(resource_account& account, std::int64_t bytes) noexcept {
  if (bytes > account.block_bytes_noticed)
    account.on_larger_block(account.watcher, bytes);
}

std::int64_t size_of(void* memory) noexcept {
  return static_cast<std::int64_t>(malloc_usable_size(memory));
}

void* allocate(int bytes) noexcept {
  auto& account = resource_account::of_this_thread();
  if (!allows(account, bytes))
    return nullptr;
  notice(account, bytes);
  auto* result = std::malloc(static_cast<std::size_t>(bytes));
  if (result != nullptr)
    account.memory_bytes += size_of(result);
  return result;
}

void release(void* memory) noexcept {
  resource_account::of_this_thread().memory_bytes -= size_of(memory);
  std::free(memory);
}

void* reallocate(void* memory, int bytes) noexcept {
  auto& account = resource_account::of_this_thread();
  const auto before = size_of(memory);
  if (!allows(account, bytes - before))
    return nullptr;
  notice(account, bytes);
  auto* result = std::realloc(memory, static_cast<std::size_t>(bytes));
  if (result != nullptr)
    account.memory_bytes += size_of(result) - before;
  return result;
}

int size(void* memory) noexcept {
  return memory != nullptr ? static_cast<int>(size_of(memory)) : 0;
}

int round_up(int bytes) noexcept {
  return (bytes + 7) & ~7;
}

int start(void*) noexcept {
  return SQLITE_OK;
}

void stop(void*) noexcept {
  // nop
}

} // namespace

int install_counting_allocator() noexcept {
  // SQLite copies it.
  auto counting = sqlite3_mem_methods{.xMalloc = allocate,
                                      .xFree = release,
                                      .xRealloc = reallocate,
                                      .xSize = size,
                                      .xRoundup = round_up,
                                      .xInit = start,
                                      .xShutdown = stop,
                                      .pAppData = nullptr};
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &counting);
}

} // namespace sluice::storage
