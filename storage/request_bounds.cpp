#include "storage/request_bounds.hpp"

#include "storage/resource_account.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string>

namespace sluice::storage {

namespace {

/// Enough for some hundred triggers that fire one another, and half of the
/// smallest stack that a thread gets.
constexpr auto stack_bytes_max = std::uintptr_t{1} << 20U;

std::int64_t bound(std::uint64_t bytes) noexcept {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(bytes, resource_bounds::none / 2));
}

codec::error too_large(const char* what, const char* setting,
                       std::int64_t bytes) {
  return {codec::error_code::too_large,
          std::string{"the request needs more "} + what + " than " + setting
              + " (" + std::to_string(bytes) + " bytes) allows",
          codec::fault_kind::request};
}

std::optional<codec::error> room_failure(const resource_account& account) {
  switch (account.refused_room) {
  case room_refusal::share: {
    auto result = too_large("room in temporary files",
                            "limits.request_temporary_bytes_max",
                            account.bounds.temporary_bytes_max);
    result.sqlite_code = SQLITE_FULL;
    return result;
  }
  case room_refusal::disk:
    return codec::error{codec::error_code::storage,
                        "the disk of temporary files is full: SQLITE_FULL",
                        codec::fault_kind::shortage, SQLITE_FULL};
  case room_refusal::none:
    break;
  }
  return std::nullopt;
}

} // namespace

request_bounds::request_bounds(const config::limit_settings& limits) noexcept {
  auto& account = resource_account::of_this_thread();
  account.memory_bytes = 0;
  account.bounds = {
      .memory_bytes_max = bound(limits.request_memory_bytes_max),
      .temporary_bytes_max = bound(limits.request_temporary_bytes_max),
      .stack_end = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0))
                   - stack_bytes_max};
  account.refused = resource_refusal::none;
  account.refused_room = room_refusal::none;
}

request_bounds::pause::pause() noexcept
    : before_{resource_account::of_this_thread().bounds} {
  resource_account::of_this_thread().bounds = {.stack_end = before_.stack_end};
}

request_bounds::pause::~pause() {
  resource_account::of_this_thread().bounds = before_;
}

request_bounds::~request_bounds() {
  lift();
  resource_account::of_this_thread().bounds = {};
}

void request_bounds::lift() noexcept {
  auto& account = resource_account::of_this_thread();
  account.bounds = {.stack_end = account.bounds.stack_end};
  account.refused = resource_refusal::none;
  account.refused_room = room_refusal::none;
}

void request_bounds::set_deadline(
    std::chrono::steady_clock::time_point when,
    const std::atomic<bool>* is_cancelled) noexcept {
  auto& bounds = resource_account::of_this_thread().bounds;
  if (bounds.stack_end == 0)
    return;
  bounds.until = when;
  bounds.is_cancelled = is_cancelled;
}

bool request_bounds::is_deadline_past() noexcept {
  return resource_account::of_this_thread().bounds.is_over();
}

std::optional<codec::error> request_bounds::failure(int sqlite_code) {
  const auto& account = resource_account::of_this_thread();
  const auto primary = sqlite_code & 0xff;
  const auto no_memory
      = primary == SQLITE_NOMEM || sqlite_code == SQLITE_IOERR_NOMEM;
  const auto no_room = primary == SQLITE_FULL;
  switch (account.refused) {
  case resource_refusal::memory:
    if (no_memory)
      return too_large("memory", "limits.request_memory_bytes_max",
                       account.bounds.memory_bytes_max);
    break;
  case resource_refusal::stack:
    if (no_memory)
      return codec::error{codec::error_code::sql_error,
                          "views, triggers or foreign key actions are nested "
                          "too deeply",
                          codec::fault_kind::request};
    break;
  case resource_refusal::time:
    if (no_memory)
      return codec::error{codec::error_code::timeout,
                          std::string{interrupted_message},
                          codec::fault_kind::request};
    break;
  case resource_refusal::none:
    break;
  }
  return no_room ? room_failure(account) : std::nullopt;
}

} // namespace sluice::storage
