// The host's operations that this library uses, made without the C library.
//
// A preloaded shim replaces read, close, socket and the like for the whole program, this library
// included. So every host call goes through here, as an instruction of its own: no interposed
// function ever sees the client's calls, no errno is touched, and each function is safe in a signal
// handler and in a child after fork. All return what the kernel returns: a value >= 0, or -errno.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

struct epoll_event;
struct io_event;
struct iocb;

namespace farcall::client::host {

/// The kernel's signal set: bit N-1 is signal N. Not the C library's sigset_t, which is larger.
using SignalSet = std::uint64_t;
inline constexpr SignalSet kAllSignals = ~SignalSet{0};

// -- descriptors --
long open(const char* path, int flags);
long read(int fd, void* data, std::size_t size);
long write(int fd, const void* data, std::size_t size);
long close(int fd);
long close_range(unsigned first, unsigned last);
long fcntl(int fd, int command, long argument);
long fstat(int fd, struct stat* status);
/// Waits for any of `fds`; `timeout` NULL: for ever; `mask` (may be NULL) is the signal mask
/// meanwhile.
long ppoll(pollfd* fds, unsigned count, const timespec* timeout, const SignalSet* mask);
long epoll_create();
long epoll_control(int epoll, int operation, int fd, epoll_event* event);
long eventfd(unsigned value, int flags);
/// aio(7): a context for so many operations; 1 when one was begun; how many ends were taken, 0
/// or 1.
long aio_setup(unsigned operations, std::uint64_t* context);
long aio_submit(std::uint64_t context, iocb* operation);
long aio_take(std::uint64_t context, io_event* end);

/// At `offset` of a file; a bad address ends them early, at the first byte with -EFAULT.
long pwritev(int fd, const iovec* pieces, std::size_t count, std::size_t offset);
long preadv(int fd, const iovec* pieces, std::size_t count, std::size_t offset);

/// An empty file in memory, of `size` bytes for ever, close-on-exec.
long sealed_memory(const char* name, std::size_t size);

// -- sockets --
long socket(int domain, int type, int protocol);
long socketpair(int domain, int type, int (&fds)[2]);
long connect(int fd, const sockaddr* address, socklen_t length);
long send(int fd, const void* data, std::size_t size, int flags);
long sendmsg(int fd, const msghdr* message, int flags);
long recv(int fd, void* data, std::size_t size, int flags);
long recvmsg(int fd, msghdr* message, int flags);
long shutdown(int fd, int how);
long setsockopt(int fd, int level, int name, const void* value, socklen_t size);
long getsockopt(int fd, int level, int name, void* value, socklen_t* size);

// -- memory --
/// New zeroed memory. MAP_FAILED never: the address, or -errno as a long.
long map_memory(std::size_t size);
/// The same in the place of whatever is at `address`.
long map_memory_at(void* address, std::size_t size);
long unmap_memory(void* address, std::size_t size);
/// Maps `size` bytes of `fd`, shared, where no child of a fork sees them. As map_memory.
long map_shared(int fd, std::size_t size);
/// madvise(MADV_DONTFORK): the child of a fork has not got these pages.
long keep_from_children(void* address, std::size_t size);
/// madvise(MADV_WIPEONFORK): the child of a fork sees these pages zeroed.
long wipe_on_fork(void* address, std::size_t size);
/// Whether the page of `address` can be read.
bool is_readable(const void* address);
/// Whether the page of `address` can be written. `size`, not 0: as many bytes from there on, within
/// the page, are about to be overwritten; what they hold afterwards is anything.
bool make_writable(void* address, std::size_t size);
long process_read(pid_t pid, const iovec* local, const iovec* remote);
long process_write(pid_t pid, const iovec* local, const iovec* remote);

// -- threads, signals, processes --
long futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                const timespec* timeout);
long futex_wake(const std::atomic<std::uint32_t>& word, int count);
/// The same for a word in memory that is shared with another process. The wait ends after `time`
/// (nanoseconds) with -ETIMEDOUT, and after a handler with -EINTR; with `restart`, which needs
/// can_restart_futex_wait and is dearer, only after a handler without SA_RESTART.
long shared_futex_wait(const std::uint32_t& word, std::uint32_t seen, std::int64_t time,
                       bool restart);
bool can_restart_futex_wait();
long shared_futex_wake(const std::uint32_t& word);
/// Where the calling thread runs just now.
inline std::uint16_t current_cpu() {
  unsigned cpu = 0;
  __builtin_ia32_rdtscp(&cpu);  // Linux keeps it in the low 12 bits
  return cpu & 0xfff;
}
/// True when the calling thread may run on one CPU only.
bool has_one_cpu();
/// Sets the calling thread's mask and returns the one before. Cannot fail.
SignalSet set_signal_mask(SignalSet mask);
long getpid();
long gettid();
long kill(pid_t pid, int signal);
long kill_thread(pid_t pid, pid_t thread, int signal);
long on_alternate_stack();  ///< 1 when the caller runs on its sigaltstack, else 0
bool is_alternate_stack(const void* address);  ///< whether it lies on the caller's sigaltstack
long execve(const char* path, char* const argv[], char* const envp[]);
[[noreturn]] void exit(int status);

// -- the rest --
std::int64_t monotonic_ns();
long yield();
long sleep_ns(std::int64_t duration);
long soft_descriptor_limit();
/// The longest file that this process may write.
std::uint64_t file_size_limit();
long getcwd(char* buffer, std::size_t size);
/// Fills at most 256 bytes that nobody can foresee, and returns how many.
long random_bytes(void* buffer, std::size_t size);

}  // namespace farcall::client::host
