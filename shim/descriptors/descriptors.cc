#include "descriptors.h"

#include <sys/resource.h>

#include <algorithm>

#include "farcall/client.h"
#include "open_files.h"
#include "placeholder.h"
#include "rump/rumpclient.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/host/lock.h"
#include "shim/personality/personality.h"

namespace farcall::shim::descriptors {

namespace detail {
constinit DescriptorTable table;
}

namespace {

using detail::table;

constinit SignalSafeMutex mutex;
constinit std::atomic<CloseListener> listener{nullptr};
constinit std::atomic<KernelCloseListener> kernel_listener{nullptr};
constinit std::atomic<StandardListener> standard_listener{nullptr};

/// Internal descriptors live from here up, out of the way of programs that count on low numbers.
constexpr int kInternalLowest = 900;

/// What has to be done about a descriptor that left the table, once the lock is released.
struct Departure {
  int fd;
  bool heard = false;  // somebody may want to know
  int kfd = DescriptorTable::kHost;

  /// The kernel's answer to the close, 0 when the kernel descriptor lives on under another name.
  long finish() const {
    if (heard) {
      if (const CloseListener told = listener.load(std::memory_order_acquire)) told(fd);
    }
    if (kfd == DescriptorTable::kHost) return 0;
    if (const KernelCloseListener told = kernel_listener.load(std::memory_order_acquire)) told(kfd);
    return personality::close(kfd);
  }
};

/// With the lock held: `fd` names nothing of ours any more.
Departure depart(int fd) {
  Departure departure{fd};
  departure.heard = table.kernel_fd(fd) != DescriptorTable::kHost || table.is_watched(fd);
  departure.kfd = table.remove(fd);
  return departure;
}

unsigned descriptor_limit() {
  rlimit limit{};
  host::raw(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
  return static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 1U << 30));
}

/// With the lock held: `fd`, new on the host, stands for `kfd`; if that cannot be noted, it is
/// closed again.
long enter(int fd, int kfd) {
  if (table.add(fd, kfd)) return fd;
  host::close(fd);
  return -ENOMEM;
}

/// Without the lock: tells of a new kernel descriptor, when it is one of those that libc's streams
/// have.
long announce(long fd) {
  const StandardListener told = standard_listener.load(std::memory_order_acquire);
  if (fd >= 0 && fd <= STDERR_FILENO && told != nullptr && kernel_fd(static_cast<int>(fd)) >= 0) {
    told(static_cast<int>(fd));
  }
  return fd;
}

/// dup2 and dup3 replace whatever has the number, so ours must be elsewhere before.
long make_room(int fd) {
  if (table.is_internal(fd)) return -EBUSY;
  if (farcall_owns_fd(fd) == 0) return 0;
  int number = fd;
  return rumpclient__closenotify(&number, RUMPCLIENT_CLOSE_DUP2) == 0 ? 0 : -EBUSY;
}

/// Closes host descriptors alone, around our own.
long close_host_range(unsigned first, unsigned last, unsigned flags) {
  const unsigned end = std::min(last, descriptor_limit());
  unsigned start = first;
  for (unsigned fd = first; fd <= end; ++fd) {
    if (!is_internal(static_cast<int>(fd))) continue;
    if (fd > start) host::close_range(start, fd - 1, static_cast<int>(flags));
    start = fd + 1;
  }
  return start <= last ? host::close_range(start, last, static_cast<int>(flags)) : 0;
}

class Rebuilder final : public OpenFileVisitor {
 public:
  void visit(int fd) override {
    if (table.kernel_fd(fd) != DescriptorTable::kHost) return;
    const int kfd = placeholder::kernel_fd_of(fd);
    if (kfd >= 0) static_cast<void>(table.add(fd, kfd));
  }
};

}  // namespace

void on_close(CloseListener told) { listener.store(told, std::memory_order_release); }

void on_kernel_close(KernelCloseListener told) {
  kernel_listener.store(told, std::memory_order_release);
}

void on_standard(StandardListener told) {
  standard_listener.store(told, std::memory_order_release);
}

long watch(int fd) {
  const Guard guard(mutex);
  return table.watch(fd) ? 0 : -ENOMEM;
}

long adopt(int kfd, bool close_on_exec) {
  long result;
  {
    const Guard guard(mutex);
    result = placeholder::make(kfd, close_on_exec);
    if (!is_error(result)) result = enter(static_cast<int>(result), kfd);
  }
  if (is_error(result)) personality::close(kfd);
  return announce(result);
}

long adopt_at(int kfd, int fd, bool close_on_exec) {
  long result;
  {
    const Guard guard(mutex);
    const long made = placeholder::make(kfd, true);
    result = is_error(made) ? made
                            : host::dup3(static_cast<int>(made), fd, close_on_exec ? O_CLOEXEC : 0);
    if (!is_error(made)) host::close(static_cast<int>(made));
    if (is_error(result)) {
      host::close(fd);
    } else {
      result = enter(fd, kfd);
    }
  }
  if (is_error(result)) personality::close(kfd);
  return announce(result);
}

long adopt_pair(const int kfds[2], bool close_on_exec, int fds[2]) {
  const long first = adopt(kfds[0], close_on_exec);
  if (is_error(first)) {
    personality::close(kfds[1]);
    return first;
  }
  const long second = adopt(kfds[1], close_on_exec);
  if (is_error(second)) {
    descriptors::close(static_cast<int>(first));
    return second;
  }
  fds[0] = static_cast<int>(first);
  fds[1] = static_cast<int>(second);
  return 0;
}

long duplicate(int fd, int lowest, bool close_on_exec) {
  const int command = close_on_exec ? F_DUPFD_CLOEXEC : F_DUPFD;
  if (kernel_fd(fd) == DescriptorTable::kHost) return host::raw(SYS_fcntl, fd, command, lowest);
  long result;
  {
    const Guard guard(mutex);
    const int kfd = table.kernel_fd(fd);
    result = host::raw(SYS_fcntl, fd, command, lowest);
    if (is_error(result) || kfd == DescriptorTable::kHost) return result;
    result = enter(static_cast<int>(result), kfd);
  }
  return announce(result);
}

long replace(int from, int to, int flags) {
  if (from == to) return -EINVAL;
  Departure departure{to};
  long result;
  {
    const Guard guard(mutex);
    result = make_room(to);
    if (is_error(result)) return result;
    const int kfd = table.kernel_fd(from);
    result = host::dup3(from, to, flags);
    if (is_error(result)) return result;
    departure = depart(to);
    if (kfd != DescriptorTable::kHost) result = enter(to, kfd);
  }
  departure.finish();
  return announce(result);
}

long close(int fd) {
  if (is_internal(fd)) return -EBADF;
  if (kernel_fd(fd) == DescriptorTable::kHost && !is_watched(fd))
    return host::close_cancellable(fd);
  const ErrnoKeeper keeper;
  Departure departure{fd};
  long result;
  {
    const Guard guard(mutex);
    departure = depart(fd);
    result = host::close(fd);
  }
  const long kernel_result = departure.finish();
  return is_error(result) ? result : kernel_result;
}

long close_range(unsigned first, unsigned last, unsigned flags) {
  if (first > last) return -EINVAL;
  if ((flags & CLOSE_RANGE_CLOEXEC) != 0)
    return host::close_range(first, last, static_cast<int>(flags));
  const int highest = table.highest();
  for (unsigned fd = first; highest >= 0 && fd <= std::min(last, static_cast<unsigned>(highest));
       ++fd) {
    const int number = static_cast<int>(fd);
    if (kernel_fd(number) != DescriptorTable::kHost || is_watched(number))
      descriptors::close(number);
  }
  return close_host_range(first, last, flags);
}

long rebuild() {
  const Guard guard(mutex);
  Rebuilder rebuilder;
  return for_each_open_file(rebuilder);
}

bool is_named(int kfd) { return table.names_of(kfd) > 0; }

bool is_internal(int fd) { return table.is_internal(fd) || farcall_owns_fd(fd) != 0; }

long make_internal(int fd) {
  const long highest = static_cast<long>(descriptor_limit()) - 1;
  const long lowest = std::min<long>(kInternalLowest, std::max<long>(highest / 2, 3));
  const Guard guard(mutex);
  const long moved = host::raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, lowest);
  host::close(fd);
  if (is_error(moved)) return moved;
  if (table.add_internal(static_cast<int>(moved))) return moved;
  host::close(static_cast<int>(moved));
  return -ENOMEM;
}

void close_internal(int fd) {
  const Guard guard(mutex);
  table.remove(fd);
  host::close(fd);
}

void before_fork() { mutex.lock(); }
void after_fork() { mutex.unlock(); }

}  // namespace farcall::shim::descriptors
