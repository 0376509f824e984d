#include "host.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if !defined(__x86_64__)
#error "client/src/host.cc knows the system call instruction of x86-64 only"
#endif

namespace farcall::client::host {
namespace {

long to_word(long value) { return value; }
long to_word(const void* pointer) { return reinterpret_cast<long>(pointer); }

long raw(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <class... Arguments>
long call(long number, Arguments... arguments) {
  static_assert(sizeof...(arguments) <= 6);
  const long words[6] = {to_word(arguments)...};
  return raw(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

constexpr long kSignalSetSize = sizeof(SignalSet);

}  // namespace

long open(const char* path, int flags) { return call(SYS_openat, AT_FDCWD, path, flags, 0); }
long read(int fd, void* data, std::size_t size) { return call(SYS_read, fd, data, size); }
long write(int fd, const void* data, std::size_t size) { return call(SYS_write, fd, data, size); }
long close(int fd) { return call(SYS_close, fd); }
long close_range(unsigned first, unsigned last) { return call(SYS_close_range, first, last, 0); }
long fcntl(int fd, int command, long argument) { return call(SYS_fcntl, fd, command, argument); }
long fstat(int fd, struct stat* status) { return call(SYS_fstat, fd, status); }

long ppoll(pollfd* fds, unsigned count, const timespec* timeout, const SignalSet* mask) {
  // The kernel writes the time left into its argument.
  timespec left = timeout != nullptr ? *timeout : timespec{};
  return call(SYS_ppoll, fds, count, timeout != nullptr ? &left : nullptr, mask, kSignalSetSize);
}

long epoll_create() { return call(SYS_epoll_create1, EPOLL_CLOEXEC); }
long epoll_control(int epoll, int operation, int fd, epoll_event* event) {
  return call(SYS_epoll_ctl, epoll, operation, fd, event);
}
long eventfd(unsigned value, int flags) { return call(SYS_eventfd2, value, flags); }

long socket(int domain, int type, int protocol) { return call(SYS_socket, domain, type, protocol); }
long connect(int fd, const sockaddr* address, socklen_t length) {
  return call(SYS_connect, fd, address, length);
}
long send(int fd, const void* data, std::size_t size, int flags) {
  return call(SYS_sendto, fd, data, size, flags, nullptr, 0);
}
long sendmsg(int fd, const msghdr* message, int flags) {
  return call(SYS_sendmsg, fd, message, flags);
}
long recv(int fd, void* data, std::size_t size, int flags) {
  return call(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr);
}
long recvmsg(int fd, msghdr* message, int flags) { return call(SYS_recvmsg, fd, message, flags); }
long shutdown(int fd, int how) { return call(SYS_shutdown, fd, how); }
long setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
  return call(SYS_setsockopt, fd, level, name, value, size);
}
long getsockopt(int fd, int level, int name, void* value, socklen_t* size) {
  return call(SYS_getsockopt, fd, level, name, value, size);
}

long map_memory(std::size_t size) {
  return call(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
long unmap_memory(void* address, std::size_t size) { return call(SYS_munmap, address, size); }
long wipe_on_fork(void* address, std::size_t size) {
  return call(SYS_madvise, address, size, MADV_WIPEONFORK);
}
long process_read(pid_t pid, const iovec* local, const iovec* remote) {
  return call(SYS_process_vm_readv, pid, local, 1, remote, 1, 0);
}
long process_write(pid_t pid, const iovec* local, const iovec* remote) {
  return call(SYS_process_vm_writev, pid, local, 1, remote, 1, 0);
}

long futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                const timespec* timeout) {
  return call(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, timeout, nullptr, 0);
}
long futex_wake(const std::atomic<std::uint32_t>& word, int count) {
  return call(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}
SignalSet set_signal_mask(SignalSet mask) {
  SignalSet before = 0;
  call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, kSignalSetSize);
  return before;
}
long getpid() { return call(SYS_getpid); }
long gettid() { return call(SYS_gettid); }
long kill(pid_t pid, int signal) { return call(SYS_kill, pid, signal); }
long kill_thread(pid_t pid, pid_t thread, int signal) {
  return call(SYS_tgkill, pid, thread, signal);
}
long on_alternate_stack() {
  stack_t stack{};
  call(SYS_sigaltstack, nullptr, &stack);
  return (stack.ss_flags & SS_ONSTACK) != 0 ? 1 : 0;
}
long execve(const char* path, char* const argv[], char* const envp[]) {
  return call(SYS_execve, path, argv, envp);
}
void exit(int status) {
  for (;;) call(SYS_exit_group, status);
}

std::int64_t monotonic_ns() {
  timespec now{};
  call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1000000000} + now.tv_nsec;
}
long sleep_ns(std::int64_t duration) {
  const timespec wanted{duration / 1000000000, duration % 1000000000};
  return call(SYS_nanosleep, &wanted, nullptr);
}
long soft_descriptor_limit() {
  rlimit limit{};
  const long error = call(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
  return error < 0 ? error : static_cast<long>(limit.rlim_cur);
}
long getcwd(char* buffer, std::size_t size) { return call(SYS_getcwd, buffer, size); }

}  // namespace farcall::client::host
