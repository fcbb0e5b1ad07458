#include "messaging/socket_loop.hpp"

#include "messaging/connection_options.hpp"
#include "messaging/file_descriptor.hpp"
#include "messaging/standstill.hpp"
#include "messaging/thread_priority.hpp"

#include <nats/nats.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <mutex>
#include <system_error>
#include <thread>

namespace sluice::messaging {

namespace {

/// How often it looks whether a closed gate has opened.
constexpr auto gate_interval_ms = 1;
constexpr auto idle_interval_ms
    = static_cast<int>(standstill::interval.count());

/// Of a clock that goes on while the machine sleeps.
std::chrono::nanoseconds time_since_boot() noexcept {
  auto now = timespec{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec}
         + std::chrono::nanoseconds{now.tv_nsec};
}

} // namespace

struct socket_loop::impl {
  explicit impl(read_gate& reads_if) noexcept : gate{reads_if} {}

  read_gate& gate;
  file_descriptor poll;
  file_descriptor wake;
  std::atomic<natsConnection*> connection = nullptr;
  std::atomic<bool> is_stopping = false;
  std::atomic<bool> wants_flush = false;
  /// The library reported the buffer empty during the write under way.
  std::atomic<bool> is_drained = false;
  /// The socket took less than there was; the loop writes when it takes more.
  std::atomic<bool> is_full = false;

  /// Guards what follows. Taken under the connection's lock, so nothing of
  /// the library may be called under it.
  std::mutex mutex;
  int socket = -1;
  bool is_polling = false;
  bool is_read_armed = true;
  bool is_write_armed = false;

  /// Held while the library reads or writes, so that `detach` can wait for
  /// the end of it. Recursive: the library may detach in such a call.
  std::recursive_mutex reading;
  std::recursive_mutex writing;
  std::thread thread;
  /// Of the thread.
  standstill looks;
  /// What a read finds has not come before that; after a standstill so many
  /// reads find what came meanwhile.
  std::chrono::steady_clock::time_point found_since;
  std::size_t old_reads = 0;

  void run() noexcept;
  void read() noexcept;
  void read_if_open() noexcept;
  void note_look() noexcept;
  [[nodiscard]] std::size_t reads_waiting() noexcept;
  void write() noexcept;
  void write_once() noexcept;
  [[nodiscard]] bool may_use_socket() noexcept;
  bool set_polling(bool polls) noexcept;
  bool arm_read(bool is_wanted) noexcept;
  bool arm_write(bool is_wanted) noexcept;
  bool update(int operation) noexcept;

  // The library's callbacks, on whatever thread it is on.
  static natsStatus on_attach(void** self, void* loop, natsConnection* handle,
                              natsSock socket) noexcept;
  static natsStatus on_read(void* self, bool is_wanted) noexcept;
  static natsStatus on_write(void* self, bool is_wanted) noexcept;
  static natsStatus on_detach(void* self) noexcept;
};

// -- polling ------------------------------------------------------------------

bool socket_loop::impl::update(int operation) noexcept {
  auto event = epoll_event{};
  event.events = 0;
  if (is_read_armed)
    event.events |= EPOLLIN;
  if (is_write_armed)
    event.events |= EPOLLOUT;
  event.data.fd = socket;
  return ::epoll_ctl(poll.get(), operation, socket, &event) == 0;
}

bool socket_loop::impl::set_polling(bool polls) noexcept {
  const auto guard = std::lock_guard{mutex};
  if (polls == is_polling || socket < 0)
    return true;
  is_polling = polls;
  is_full.store(false);
  is_write_armed = is_write_armed && polls;
  return update(polls ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
}

bool socket_loop::impl::arm_read(bool is_wanted) noexcept {
  const auto guard = std::lock_guard{mutex};
  if (is_wanted == is_read_armed)
    return true;
  is_read_armed = is_wanted;
  // Where it does not poll now, it will begin so.
  return !is_polling || update(EPOLL_CTL_MOD);
}

bool socket_loop::impl::arm_write(bool is_wanted) noexcept {
  const auto guard = std::lock_guard{mutex};
  if (is_wanted == is_write_armed || !is_polling)
    return true;
  is_write_armed = is_wanted;
  return update(EPOLL_CTL_MOD);
}

bool socket_loop::impl::may_use_socket() noexcept {
  const auto guard = std::lock_guard{mutex};
  return is_polling;
}

// -- the library's callbacks --------------------------------------------------

natsStatus socket_loop::impl::on_attach(void** self, void* loop,
                                        natsConnection* handle,
                                        natsSock socket) noexcept {
  auto& state = *static_cast<impl*>(loop);
  *self = loop;
  {
    const auto guard = std::lock_guard{state.mutex};
    state.socket = socket;
    state.is_polling = false;
    state.is_write_armed = false;
  }
  state.connection.store(handle);
  return state.set_polling(true) ? NATS_OK : NATS_ERR;
}

natsStatus socket_loop::impl::on_read(void* self, bool is_wanted) noexcept {
  return static_cast<impl*>(self)->set_polling(is_wanted) ? NATS_OK : NATS_ERR;
}

natsStatus socket_loop::impl::on_write(void* self, bool is_wanted) noexcept {
  auto& state = *static_cast<impl*>(self);
  if (!is_wanted)
    state.is_drained.store(true);
  return state.arm_write(is_wanted) ? NATS_OK : NATS_ERR;
}

natsStatus socket_loop::impl::on_detach(void* self) noexcept {
  auto& state = *static_cast<impl*>(self);
  // Whoever is inside the library with the old address leaves first.
  const auto readers = std::lock_guard{state.reading};
  const auto writers = std::lock_guard{state.writing};
  state.connection.store(nullptr);
  return NATS_OK;
}

// -- moving bytes -------------------------------------------------------------

void socket_loop::impl::read() noexcept {
  const auto guard = std::lock_guard{reading};
  auto* handle = connection.load();
  if (handle != nullptr && may_use_socket())
    natsConnection_ProcessReadEvent(handle);
  if (old_reads > 0)
    --old_reads;
}

std::size_t socket_loop::impl::reads_waiting() noexcept {
  const auto guard = std::lock_guard{mutex};
  auto bytes = 0;
  if (socket < 0 || ::ioctl(socket, FIONREAD, &bytes) != 0 || bytes < 0)
    bytes = 0;
  return 1 + static_cast<std::size_t>(bytes / io_buffer_bytes);
}

void socket_loop::impl::note_look() noexcept {
  const auto now = std::chrono::steady_clock::now();
  if (const auto gap = looks.look(time_since_boot()); gap.count() > 0) {
    found_since = now - gap;
    old_reads = reads_waiting();
  } else if (old_reads == 0) {
    found_since = now;
  }
}

void socket_loop::impl::read_if_open() noexcept {
  auto is_open = true;
  {
    const auto guard = std::lock_guard{reading};
    if (auto* handle = connection.load(); handle != nullptr)
      is_open = gate.is_open(*handle, found_since);
  }
  arm_read(is_open);
  if (is_open)
    read();
}

void socket_loop::impl::write_once() noexcept {
  auto* handle = connection.load();
  // To write nothing would look to the library like a closed connection.
  if (handle == nullptr || !may_use_socket()
      || natsConnection_Buffered(handle) <= 0)
    return;
  is_drained.store(false);
  natsConnection_ProcessWriteEvent(handle);
  if (is_drained.load())
    return;
  is_full.store(true);
  if (!arm_write(true))
    is_full.store(false);
}

void socket_loop::impl::write() noexcept {
  // One thread writes; a wish that comes meanwhile is seen by it afterwards.
  wants_flush.store(true);
  while (wants_flush.load()) {
    const auto guard = std::unique_lock{writing, std::try_to_lock};
    if (!guard)
      return;
    wants_flush.store(false);
    write_once();
  }
}

void socket_loop::impl::run() noexcept {
  give_way(giving_way::to_serving);
  constexpr auto events_max = 4;
  auto events = std::array<epoll_event, events_max>{};
  while (!is_stopping.load()) {
    // Only this thread arms reading.
    const auto is_gated = !is_read_armed;
    const auto count
        = ::epoll_wait(poll.get(), events.data(), events_max,
                       is_gated ? gate_interval_ms : idle_interval_ms);
    // A process that was stopped is woken so, without having looked.
    if (count < 0)
      continue;
    note_look();
    if (const auto pause = gate.take_pause(); pause.count() > 0)
      std::this_thread::sleep_for(pause);
    if (is_gated)
      read_if_open();
    for (auto i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == wake.get())
        continue;
      // A broken connection is found out by reading.
      if ((event.events & (EPOLLHUP | EPOLLERR)) != 0)
        read();
      else if ((event.events & EPOLLIN) != 0)
        read_if_open();
      if ((event.events & EPOLLOUT) != 0) {
        arm_write(false);
        is_full.store(false);
        write();
      }
    }
  }
}

// -- the object ---------------------------------------------------------------

result<std::unique_ptr<socket_loop>> socket_loop::start(read_gate& gate) {
  auto state = std::make_unique<impl>(gate);
  state->poll = file_descriptor{::epoll_create1(EPOLL_CLOEXEC)};
  state->wake = file_descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  auto event = epoll_event{};
  event.events = EPOLLIN;
  event.data.fd = state->wake.get();
  if (!state->poll || !state->wake
      || ::epoll_ctl(state->poll.get(), EPOLL_CTL_ADD, state->wake.get(),
                     &event)
             != 0)
    return std::unexpected{
        failure{failure::kind::other,
                std::string{"no epoll: "} + std::strerror(errno)}};
  auto* self = state.get();
  try {
    state->thread = std::thread{[self] {
      self->run();
    }};
  } catch (const std::system_error& problem) {
    return std::unexpected{
        failure{failure::kind::other,
                std::string{"no thread for a connection: "} + problem.what()}};
  }
  return std::unique_ptr<socket_loop>{new socket_loop{std::move(state)}};
}

socket_loop::socket_loop(std::unique_ptr<impl> state)
    : impl_{std::move(state)} {}

socket_loop::~socket_loop() {
  impl_->is_stopping.store(true);
  // It cannot fail: the counter is far from its end.
  (void)::eventfd_write(impl_->wake.get(), 1);
  impl_->thread.join();
}

result<void> socket_loop::install(nats_options& options) {
  return check(natsOptions_SetEventLoop(&options, impl_.get(), impl::on_attach,
                                        impl::on_read, impl::on_write,
                                        impl::on_detach),
               "cannot set the event loop");
}

void socket_loop::flush() noexcept {
  // To try in vain would have the library move all that waits to the front of
  // its buffer, after each few bytes that the socket takes.
  if (!impl_->is_full.load())
    impl_->write();
}

} // namespace sluice::messaging
