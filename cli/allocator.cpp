// jemalloc stands in for the C library's allocator (docs/adr/0015): messages
// are allocated on one thread and freed on another all the time.

/// What jemalloc reads before it allocates for the first time
/// (https://jemalloc.net/jemalloc.3.html#tuning): a thread of its own gives
/// memory back to the system that has not been used for two seconds.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
extern "C" const char* malloc_conf;
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
const char* malloc_conf = "background_thread:true,dirty_decay_ms:2000";
