#include "host.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "farcall/raw_syscall.h"

namespace farcall::client::host {
namespace {

constexpr long kSignalSetSize = sizeof(SignalSet);

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

long socket(int domain, int type, int protocol) {
  return raw_syscall(SYS_socket, domain, type, protocol);
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
long unmap_memory(void* address, std::size_t size) {
  return raw_syscall(SYS_munmap, address, size);
}
long wipe_on_fork(void* address, std::size_t size) {
  return raw_syscall(SYS_madvise, address, size, MADV_WIPEONFORK);
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
long execve(const char* path, char* const argv[], char* const envp[]) {
  return raw_syscall(SYS_execve, path, argv, envp);
}
void exit(int status) {
  for (;;) raw_syscall(SYS_exit_group, status);
}

std::int64_t monotonic_ns() {
  timespec now{};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1000000000} + now.tv_nsec;
}
long sleep_ns(std::int64_t duration) {
  const timespec wanted{duration / 1000000000, duration % 1000000000};
  return raw_syscall(SYS_nanosleep, &wanted, nullptr);
}
long soft_descriptor_limit() {
  rlimit limit{};
  const long error = raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
  return error < 0 ? error : static_cast<long>(limit.rlim_cur);
}
long getcwd(char* buffer, std::size_t size) { return raw_syscall(SYS_getcwd, buffer, size); }

}  // namespace farcall::client::host
