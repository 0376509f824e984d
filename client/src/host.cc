#include "host.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>

#include "farcall/raw_syscall.h"

namespace farcall::client::host {
namespace {

constexpr long kSignalSetSize = sizeof(SignalSet);
constexpr std::int64_t kSecond = 1'000'000'000;  // ns

}  // namespace

long open(const char* path, int flags) { return raw_syscall(SYS_openat, AT_FDCWD, path, flags, 0); }
long read(int fd, void* data, std::size_t size) { return raw_syscall(SYS_read, fd, data, size); }
long write(int fd, const void* data, std::size_t size) {
  return raw_syscall(SYS_write, fd, data, size);
}
long close(int fd) { return raw_syscall(SYS_close, fd); }
long close_range(unsigned first, unsigned last) {
  return raw_syscall(SYS_close_range, first, last, 0);
}
long fcntl(int fd, int command, long argument) {
  return raw_syscall(SYS_fcntl, fd, command, argument);
}
long fstat(int fd, struct stat* status) { return raw_syscall(SYS_fstat, fd, status); }

long ppoll(pollfd* fds, unsigned count, const timespec* timeout, const SignalSet* mask) {
  // The kernel writes the time left into its argument.
  timespec left = timeout != nullptr ? *timeout : timespec{};
  return raw_syscall(SYS_ppoll, fds, count, timeout != nullptr ? &left : nullptr, mask,
                     kSignalSetSize);
}

long epoll_create() { return raw_syscall(SYS_epoll_create1, EPOLL_CLOEXEC); }
long epoll_control(int epoll, int operation, int fd, epoll_event* event) {
  return raw_syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}
long eventfd(unsigned value, int flags) { return raw_syscall(SYS_eventfd2, value, flags); }

long aio_setup(unsigned operations, std::uint64_t* context) {
  return raw_syscall(SYS_io_setup, operations, context);
}
long aio_submit(std::uint64_t context, iocb* operation) {
  return raw_syscall(SYS_io_submit, context, 1, &operation);
}
long aio_take(std::uint64_t context, io_event* end) {
  const timespec now{};
  return raw_syscall(SYS_io_getevents, context, 0, 1, end, &now);
}

long pwritev(int fd, const iovec* pieces, std::size_t count, std::size_t offset) {
  if (count == 1) return raw_syscall(SYS_pwrite64, fd, pieces->iov_base, pieces->iov_len, offset);
  return raw_syscall(SYS_pwritev, fd, pieces, count, offset, 0);
}
long preadv(int fd, const iovec* pieces, std::size_t count, std::size_t offset) {
  if (count == 1) return raw_syscall(SYS_pread64, fd, pieces->iov_base, pieces->iov_len, offset);
  return raw_syscall(SYS_preadv, fd, pieces, count, offset, 0);
}

long sealed_memory(const char* name, std::size_t size) {
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  const long fd = raw_syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return fd;
  long error = raw_syscall(SYS_ftruncate, fd, size);
  if (error == 0) error = raw_syscall(SYS_fcntl, fd, F_ADD_SEALS, kSeals);
  if (error == 0) return fd;
  raw_syscall(SYS_close, fd);
  return error;
}

long socket(int domain, int type, int protocol) {
  return raw_syscall(SYS_socket, domain, type, protocol);
}
long socketpair(int domain, int type, int (&fds)[2]) {
  return raw_syscall(SYS_socketpair, domain, type, 0, fds);
}
long connect(int fd, const sockaddr* address, socklen_t length) {
  return raw_syscall(SYS_connect, fd, address, length);
}
long send(int fd, const void* data, std::size_t size, int flags) {
  return raw_syscall(SYS_sendto, fd, data, size, flags, nullptr, 0);
}
long sendmsg(int fd, const msghdr* message, int flags) {
  return raw_syscall(SYS_sendmsg, fd, message, flags);
}
long recv(int fd, void* data, std::size_t size, int flags) {
  return raw_syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr);
}
long recvmsg(int fd, msghdr* message, int flags) {
  return raw_syscall(SYS_recvmsg, fd, message, flags);
}
long shutdown(int fd, int how) { return raw_syscall(SYS_shutdown, fd, how); }
long setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
  return raw_syscall(SYS_setsockopt, fd, level, name, value, size);
}
long getsockopt(int fd, int level, int name, void* value, socklen_t* size) {
  return raw_syscall(SYS_getsockopt, fd, level, name, value, size);
}

long map_memory(std::size_t size) {
  return raw_syscall(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0);
}
long map_memory_at(void* address, std::size_t size) {
  return raw_syscall(SYS_mmap, address, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
long unmap_memory(void* address, std::size_t size) {
  return raw_syscall(SYS_munmap, address, size);
}
long map_shared(int fd, std::size_t size) {
  const long address =
      raw_syscall(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address > 0) raw_syscall(SYS_madvise, address, size, MADV_DONTFORK);
  return address;
}
long keep_from_children(void* address, std::size_t size) {
  return raw_syscall(SYS_madvise, address, size, MADV_DONTFORK);
}
long wipe_on_fork(void* address, std::size_t size) {
  return raw_syscall(SYS_madvise, address, size, MADV_WIPEONFORK);
}
bool is_readable(const void* address) {
  // The host looks at the set before it sees that there is no such way to change the mask. The
  // page's last word, since a set at 0 is none.
  constexpr int kNoWay = -1;
  constexpr std::uintptr_t kPageEnd = 4096 - sizeof(SignalSet);
  const auto word = (reinterpret_cast<std::uintptr_t>(address) & ~std::uintptr_t{4095}) + kPageEnd;
  return raw_syscall(SYS_rt_sigprocmask, kNoWay, word, nullptr, sizeof(SignalSet)) != -EFAULT;
}

bool make_writable(void* address, std::size_t size) {
  if (address == nullptr) return false;  // where getcpu would write nothing
  if (size >= sizeof(unsigned))
    return raw_syscall(SYS_getcpu, address, nullptr, nullptr) != -EFAULT;
  // Writes a word as it is, and wakes whoever waits for it, which may happen at any time.
  const std::uint32_t nobody = 0;
  constexpr int kChangeNothing = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_LT, 0);
  const auto word = reinterpret_cast<std::uintptr_t>(address) & ~(sizeof nobody - 1);
  return raw_syscall(SYS_futex, &nobody, FUTEX_WAKE_OP_PRIVATE, 0, 0, word, kChangeNothing) !=
         -EFAULT;
}

long process_read(pid_t pid, const iovec* local, const iovec* remote) {
  return raw_syscall(SYS_process_vm_readv, pid, local, 1, remote, 1, 0);
}
long process_write(pid_t pid, const iovec* local, const iovec* remote) {
  return raw_syscall(SYS_process_vm_writev, pid, local, 1, remote, 1, 0);
}

long futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                const timespec* timeout) {
  return raw_syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, timeout, nullptr, 0);
}
long futex_wake(const std::atomic<std::uint32_t>& word, int count) {
  return raw_syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}
long shared_futex_wait(const std::uint32_t& word, std::uint32_t seen, std::int64_t time,
                       bool restart) {
  if (!restart) {
    const timespec duration{time / kSecond, time % kSecond};
    return raw_syscall(SYS_futex, &word, FUTEX_WAIT, seen, &duration);
  }
  // Of the futex calls with a deadline the only one that the host restarts as the handler says.
  const std::int64_t deadline = monotonic_ns() + time;
  const timespec until{deadline / kSecond, deadline % kSecond};
  futex_waitv waiter{seen, reinterpret_cast<std::uint64_t>(&word), FUTEX_32, 0};
  return raw_syscall(SYS_futex_waitv, &waiter, 1, 0, &until, CLOCK_MONOTONIC);
}
bool can_restart_futex_wait() { return raw_syscall(SYS_futex_waitv, nullptr, 0, 0) != -ENOSYS; }
long shared_futex_wake(const std::uint32_t& word) {
  return raw_syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}
bool has_one_cpu() {
  std::uint64_t set[128] = {};  // 8192 CPUs
  const long size = raw_syscall(SYS_sched_getaffinity, 0, sizeof set, set);
  int words = 0;
  for (long i = 0; i < size / 8; ++i) {
    if ((set[i] & (set[i] - 1)) != 0) return false;
    if (set[i] != 0) ++words;
  }
  return words == 1;
}
SignalSet set_signal_mask(SignalSet mask) {
  SignalSet before = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, kSignalSetSize);
  return before;
}

long getpid() { return raw_syscall(SYS_getpid); }
long gettid() { return raw_syscall(SYS_gettid); }
long kill(pid_t pid, int signal) { return raw_syscall(SYS_kill, pid, signal); }
long kill_thread(pid_t pid, pid_t thread, int signal) {
  return raw_syscall(SYS_tgkill, pid, thread, signal);
}
long on_alternate_stack() {
  stack_t stack{};
  raw_syscall(SYS_sigaltstack, nullptr, &stack);
  return (stack.ss_flags & SS_ONSTACK) != 0 ? 1 : 0;
}
bool is_alternate_stack(const void* address) {
  stack_t stack{};
  raw_syscall(SYS_sigaltstack, nullptr, &stack);
  const auto* begin = static_cast<const char*>(stack.ss_sp);
  return (stack.ss_flags & SS_DISABLE) == 0 && address >= begin && address < begin + stack.ss_size;
}
long execve(const char* path, char* const argv[], char* const envp[]) {
  return raw_syscall(SYS_execve, path, argv, envp);
}
void exit(int status) {
  for (;;) raw_syscall(SYS_exit_group, status);
}

std::int64_t monotonic_ns() {
  timespec now{};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}
long yield() { return raw_syscall(SYS_sched_yield); }
long sleep_ns(std::int64_t duration) {
  const timespec wanted{duration / kSecond, duration % kSecond};
  return raw_syscall(SYS_nanosleep, &wanted, nullptr);
}
long soft_descriptor_limit() {
  rlimit limit{};
  const long error = raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
  return error < 0 ? error : static_cast<long>(limit.rlim_cur);
}
std::uint64_t file_size_limit() {
  rlimit limit{};
  raw_syscall(SYS_getrlimit, RLIMIT_FSIZE, &limit);
  return limit.rlim_cur;
}
long getcwd(char* buffer, std::size_t size) { return raw_syscall(SYS_getcwd, buffer, size); }
long random_bytes(void* buffer, std::size_t size) {
  return raw_syscall(SYS_getrandom, buffer, size, 0);
}

}  // namespace farcall::client::host
