#include "tests/actors/hanging_function.hpp"

#include <sqlite3.h>

#include <condition_variable>
#include <mutex>

namespace sluice::tests {

namespace {

struct hang_state {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_released = false;
  int waiting = 0;
};

/// SQLite has no place for it: extensions are functions without data.
hang_state& shared() {
  static auto state = hang_state{};
  return state;
}

void hang(sqlite3_context* context, int, sqlite3_value**) noexcept {
  auto& state = shared();
  auto guard = std::unique_lock{state.mutex};
  ++state.waiting;
  state.changed.wait(guard, [&state] { return state.is_released; });
  --state.waiting;
  sqlite3_result_int(context, 1);
}

int add_hang(sqlite3* connection, char**,
             const sqlite3_api_routines*) noexcept {
  return sqlite3_create_function_v2(connection, "hang", 0, SQLITE_UTF8, nullptr,
                                    hang, nullptr, nullptr, nullptr);
}

using entry_point = void (*)();

entry_point extension() noexcept {
  return reinterpret_cast<entry_point>(add_hang);
}

} // namespace

hanging_function::hanging_function() {
  shared().is_released = false;
  sqlite3_auto_extension(extension());
}

hanging_function::~hanging_function() {
  sqlite3_cancel_auto_extension(extension());
  release();
}

void hanging_function::release() {
  auto& state = shared();
  const auto guard = std::lock_guard{state.mutex};
  state.is_released = true;
  state.changed.notify_all();
}

int hanging_function::waiting() const {
  auto& state = shared();
  const auto guard = std::lock_guard{state.mutex};
  return state.waiting;
}

} // namespace sluice::tests
