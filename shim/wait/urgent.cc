#include "urgent.h"

#include <pthread.h>
#include <signal.h>
#include <climits>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/host/lock.h"
#include "shim/personality/personality.h"

namespace farcall::shim::urgent {

namespace {

struct Owner {
  int kfd;
  pid_t process;
  unsigned serial;  // of its F_SETOWN: the number of a closed socket may be another's soon
  bool told;        // of what is urgent now
};

constinit SignalSafeMutex mutex;  // guards what follows; nothing is called under it
constinit std::array<Owner, kMostOwners> owners{};
constinit std::atomic<int> count{0};  // of the first ones, which are used
constinit unsigned last_serial = 0;
constinit std::array<int, 2> wake{-1, -1};  // a pipe of the kernel's; -1 without a watching thread

bool any() { return count.load(std::memory_order_acquire) != 0; }

Owner* find(int kfd) {
  Owner* const end = owners.data() + count.load(std::memory_order_relaxed);
  Owner* const found =
      std::find_if(owners.data(), end, [&](const Owner& o) { return o.kfd == kfd; });
  return found != end ? found : nullptr;
}

void remove(Owner& owner) {
  owner = owners[static_cast<std::size_t>(count.load(std::memory_order_relaxed) - 1)];
  count.fetch_sub(1, std::memory_order_release);
}

/// The watching thread looks at the table again.
void wake_watcher() {
  int end = -1;
  {
    const Guard guard(mutex);
    end = wake[1];
  }
  if (end >= 0) personality::write(end, "", 1);
}

/// What to wait for: the pipe first, then those who have not been told.
struct Watched {
  std::array<pollfd, kMostOwners + 1> entries;
  std::array<unsigned, kMostOwners + 1> serials;
  nfds_t size;
};

void choose(Watched& watched) {
  const Guard guard(mutex);
  watched.entries[0] = {wake[0], POLLIN, 0};
  watched.size = 1;
  for (int i = 0; i < count.load(std::memory_order_relaxed); ++i) {
    const Owner& owner = owners[static_cast<std::size_t>(i)];
    if (owner.told) continue;
    watched.serials[watched.size] = owner.serial;
    watched.entries[watched.size++] = {owner.kfd, POLLPRI, 0};
  }
}

/// The process to be told, or 0.
pid_t take_news(const pollfd& entry, unsigned serial) {
  const Guard guard(mutex);
  Owner* const owner = find(entry.fd);
  if (owner == nullptr || owner->serial != serial || owner->told) return 0;
  if ((entry.revents & POLLNVAL) != 0) {
    remove(*owner);
    return 0;
  }
  owner->told = true;  // also one that has hung up, which would be reported again at once
  return (entry.revents & POLLPRI) != 0 ? owner->process : 0;
}

void empty_pipe(int end) {
  std::array<char, 64> bytes;
  while (personality::read(end, bytes.data(), bytes.size()) == static_cast<long>(bytes.size())) {
  }
}

void* watch(void*) {
  Watched watched;
  const auto& entries = watched.entries;
  for (;;) {
    choose(watched);
    const long ready = personality::poll(watched.entries.data(), watched.size, -1, nullptr);
    if (is_error(ready) && ready != -EINTR) return nullptr;  // the kernel is gone
    if (entries[0].revents != 0) empty_pipe(entries[0].fd);
    for (nfds_t i = 1; ready > 0 && i < watched.size; ++i) {
      const pid_t process = entries[i].revents != 0 ? take_news(entries[i], watched.serials[i]) : 0;
      if (process != 0) host::raw(SYS_kill, process, SIGURG);
    }
  }
}

/// With all signals blocked, as the thread shall have them.
long start_thread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, watch, nullptr);
  pthread_attr_destroy(&attributes);
  return -error;
}

/// It is about to be closed.
void forget(int kfd) {
  if (!any()) return;
  {
    const Guard guard(mutex);
    Owner* const owner = find(kfd);
    if (owner == nullptr) return;
    remove(*owner);
  }
  wake_watcher();
}

/// The first F_SETOWN; two at once by two threads are no harm but a thread too many.
long start_watching() {
  std::array<int, 2> ends{};
  const long made = personality::pipe2(ends.data(), O_NONBLOCK);
  if (is_error(made)) return made;
  {
    const Guard guard(mutex);
    wake = ends;
  }
  descriptors::on_kernel_close(forget);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const long started = start_thread();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

long enter(int kfd, pid_t process) {
  const Guard guard(mutex);
  Owner* owner = find(kfd);
  if (process == 0) {
    if (owner != nullptr) remove(*owner);
    return 0;
  }
  const int used = count.load(std::memory_order_relaxed);
  if (owner == nullptr && used == kMostOwners) return -ENOSPC;
  if (owner == nullptr) {
    owner = &owners[static_cast<std::size_t>(used)];
    count.fetch_add(1, std::memory_order_release);
  }
  *owner = {kfd, process, ++last_serial, false};
  return 0;
}

bool is_watching() {
  const Guard guard(mutex);
  return wake[0] >= 0;
}

}  // namespace

long set_owner(int kfd, int owner) {
  if (owner == INT_MIN) return -EINVAL;
  if (owner != 0 && host::raw(SYS_kill, owner, 0) == -ESRCH) return -ESRCH;
  if (owner != 0 && !is_watching()) {
    const long started = start_watching();
    if (is_error(started)) return started;
  }
  const long entered = enter(kfd, owner);
  if (!is_error(entered)) wake_watcher();
  return entered;
}

int owner_of(int kfd) {
  const Guard guard(mutex);
  const Owner* const owner = find(kfd);
  return owner != nullptr ? owner->process : 0;
}

void received(int kfd) {
  if (!any()) return;
  {
    const Guard guard(mutex);
    const Owner* const owner = find(kfd);
    if (owner == nullptr || !owner->told) return;
  }
  pollfd entry{kfd, POLLPRI, 0};
  if (personality::poll(&entry, 1, 0, nullptr) != 0) return;
  {
    const Guard guard(mutex);
    Owner* const owner = find(kfd);
    if (owner != nullptr) owner->told = false;
  }
  wake_watcher();
}

void before_fork() { mutex.lock(); }
void after_fork() { mutex.unlock(); }

void after_fork_in_child() {
  const std::array<int, 2> ends = wake;
  wake = {-1, -1};
  count.store(0, std::memory_order_relaxed);
  mutex.unlock();
  if (ends[0] < 0) return;
  for (const int end : ends) personality::close(end);
}

}  // namespace farcall::shim::urgent
