#pragma once

namespace sluice::tests {

/// While it lives, this process gets only so many more threads, and no error
/// but that tells.
class thread_shortage {
public:
  explicit thread_shortage(int allowed);
  ~thread_shortage();
  thread_shortage(const thread_shortage&) = delete;
  thread_shortage& operator=(const thread_shortage&) = delete;
};

} // namespace sluice::tests
