#include "tests/actors/thread_shortage.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

namespace sluice::tests {

namespace {

constexpr auto unlimited = 1'000'000'000;

/// The program's pthread_create has no state but this.
std::atomic<int>& threads_left() {
  static auto left = std::atomic<int>{unlimited};
  return left;
}

} // namespace

thread_shortage::thread_shortage(int allowed) {
  threads_left() = allowed;
}

thread_shortage::~thread_shortage() {
  threads_left() = unlimited;
}

} // namespace sluice::tests

/// Stands before the library's, as the program's own symbols do.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* how,
                              void* (*run)(void*), void* with) {
  using function
      = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real
      = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_create"));
  if (sluice::tests::threads_left().fetch_sub(1) <= 0)
    return EAGAIN;
  return real(thread, how, run, with);
}
