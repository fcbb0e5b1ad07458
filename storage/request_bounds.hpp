#pragma once

#include "codec/error.hpp"
#include "config/settings.hpp"
#include "storage/resource_account.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string_view>

namespace sluice::storage {

/// What a client reads whose statement was stopped at its deadline.
inline constexpr auto interrupted_message
    = std::string_view{"the deadline passed while the statement ran; it was "
                       "interrupted and changed nothing"};

/// While one lives, SQLite's work on this thread is for one request, and is
/// bounded (docs/adr/0016): in memory, in the depth of the stack, in temporary
/// files, and in the time that compiling takes, which no progress handler sees.
///
/// Beyond a bound SQLite gets no memory (SQLITE_NOMEM) or no room
/// (SQLITE_FULL), and the statement fails; `failure` says why. One at a time
/// per thread; the thread that made it ends it.
class request_bounds {
public:
  explicit request_bounds(const config::limit_settings& limits) noexcept;
  ~request_bounds();
  request_bounds(const request_bounds&) = delete;
  request_bounds& operator=(const request_bounds&) = delete;

  /// Ends the bounds before the scope does, but for that of the stack: what
  /// Sluice does to clean up must not fail for what the client did, and must
  /// not overrun the stack either.
  void lift() noexcept;

  /// While one lives, the bounds do not hold, but for that of the stack: for
  /// Sluice's own statements amid the client's. What they take counts all the
  /// same.
  class pause {
  public:
    pause() noexcept;
    ~pause();
    pause(const pause&) = delete;
    pause& operator=(const pause&) = delete;

  private:
    resource_bounds before_;
  };

  /// SQLite is to stop compiling at this moment; `time_point::max()`: never.
  /// Does nothing while no bounds hold.
  /// @param is_cancelled set by another thread where it is to stop before that;
  ///   null: by nobody.
  static void set_deadline(std::chrono::steady_clock::time_point when,
                           const std::atomic<bool>* is_cancelled
                           = nullptr) noexcept;

  /// For functions of SQL that take long: whether the statement that runs on
  /// this thread should have ended.
  [[nodiscard]] static bool is_deadline_past() noexcept;

  /// The error of the last refusal on this thread, in the protocol's words.
  /// Nothing if no bounds hold, if there was none, or if it does not explain
  /// SQLite's result code.
  [[nodiscard]] static std::optional<codec::error> failure(int sqlite_code);
};

} // namespace sluice::storage
