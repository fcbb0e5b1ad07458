#pragma once

namespace sluice::tests {

/// While one lives, connections that are opened know the SQL function hang(),
/// which waits, whatever the deadline, until `release`. One at a time.
class hanging_function {
public:
  /// SQLite must have been set up: a connection was opened before.
  hanging_function();
  ~hanging_function();
  hanging_function(const hanging_function&) = delete;
  hanging_function& operator=(const hanging_function&) = delete;

  /// Lets go who waits now, and whoever comes later.
  void release();

  /// How many wait.
  [[nodiscard]] int waiting() const;
};

} // namespace sluice::tests
