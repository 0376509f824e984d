#include "sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cstddef>
#include <cstdint>

#include "shim/descriptors/placeholder.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/personality/memory.h"

namespace farcall::shim::sandbox {

namespace {

/// A call that is let through, perhaps with one value of one argument alone.
struct Let {
  std::uint32_t number;
  int argument = -1;
  std::uint32_t value = 0;
};

constexpr std::uint32_t kOwnPid = ~0U;  // in place of a value

/// What a call on a descriptor of the kernel's takes once the program is connected: to wait, to
/// move data between what it has open, and memory to share with the server. Nothing opens a file,
/// makes a socket, starts a program, or reaches another process.
constexpr Let kLet[] = {
    {SYS_futex},
    {SYS_futex_waitv},
    {SYS_ppoll},
    {SYS_sched_yield},
    {SYS_clock_gettime},
    {SYS_rt_sigprocmask},
    {SYS_sigaltstack},
    {SYS_getpid},
    {SYS_gettid},
    {SYS_getcpu},
    {SYS_getrlimit},
    {SYS_sched_getaffinity},
    {SYS_prlimit64, 2, 0},  // without a new limit
    {SYS_kill, 0, kOwnPid},
    {SYS_tgkill, 0, kOwnPid},

    {SYS_sendto},
    {SYS_recvfrom},
    {SYS_sendmsg},
    {SYS_recvmsg},
    {SYS_shutdown},
    {SYS_read},
    {SYS_write},
    {SYS_pread64},
    {SYS_pwrite64},
    {SYS_preadv},
    {SYS_pwritev},
    {SYS_process_vm_readv, 0, kOwnPid},
    {SYS_process_vm_writev, 0, kOwnPid},

    {SYS_memfd_create},
    {SYS_ftruncate},
    {SYS_fcntl},
    {SYS_dup3},
    {SYS_close},
    {SYS_getrandom},
    {SYS_mmap, 2, PROT_READ | PROT_WRITE},
    {SYS_munmap},
    {SYS_madvise},
    {SYS_eventfd2},
    {SYS_epoll_create1},
    {SYS_epoll_ctl},
    {SYS_io_setup},
    {SYS_io_submit},
    {SYS_io_getevents},
};

// ---- the filter's instructions

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
/// Skips `many` instructions unless what was loaded is `value`.
constexpr sock_filter unless(std::uint32_t value, std::uint8_t many) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, many);
}
constexpr sock_filter kAllow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
constexpr std::size_t kNumber = offsetof(seccomp_data, nr);

/// Of an argument the lower half, which is all that such values have.
constexpr std::size_t argument(int index) {
  return offsetof(seccomp_data, args) + static_cast<std::size_t>(index) * sizeof(std::uint64_t);
}

/// Its instructions, in memory of the host's: malloc may be what the program wants to confine.
class Filter {
 public:
  Filter() = default;
  ~Filter() {
    if (begin_ != nullptr) host::raw(SYS_munmap, begin_, kBytes);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  long make_room() {
    const long address = host::raw(SYS_mmap, nullptr, kBytes, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!is_error(address)) begin_ = reinterpret_cast<sock_filter*>(address);
    return is_error(address) ? address : 0;
  }

  void let_through(std::uint32_t pid) {
    add(load(offsetof(seccomp_data, arch)));
    sock_filter& other_machine = add(unless(AUDIT_ARCH_X86_64, 0));
    const std::size_t first = size_;
    add(load(kNumber));
    for (const Let& let : kLet) let_through(let, pid);
    other_machine.jf = static_cast<std::uint8_t>(size_ - first);
    add(BPF_STMT(BPF_LD | BPF_IMM, 0));  // as a filter finds it when it begins
  }

  /// 0 or -errno.
  long append(const sock_fprog& filter) {
    if (filter.len > kMost - size_) return -E2BIG;
    const std::size_t bytes = filter.len * sizeof(sock_filter);
    if (!personality::load(begin_ + size_, filter.filter, bytes)) return -EFAULT;
    size_ += filter.len;
    return 0;
  }

  sock_fprog program() { return {static_cast<unsigned short>(size_), begin_}; }

 private:
  static constexpr std::size_t kMost = BPF_MAXINSNS;
  static constexpr std::size_t kBytes = kMost * sizeof(sock_filter);

  sock_filter& add(sock_filter instruction) { return begin_[size_++] = instruction; }

  void let_through(const Let& let, std::uint32_t pid) {
    if (let.argument < 0) {
      add(unless(let.number, 1));
      add(kAllow);
      return;
    }
    add(unless(let.number, 4));
    add(load(argument(let.argument)));
    add(unless(let.value == kOwnPid ? pid : let.value, 1));
    add(kAllow);
    add(load(kNumber));
  }

  sock_filter* begin_ = nullptr;
  std::size_t size_ = 0;
};

long set_filter(unsigned flags, const void* program) {
  sock_fprog filter{};
  if (!personality::load(&filter, program, sizeof filter)) return -EFAULT;
  if (filter.len == 0 || filter.len > BPF_MAXINSNS) return -EINVAL;
  Filter joined;
  if (const long error = joined.make_room(); error != 0) return error;
  joined.let_through(static_cast<std::uint32_t>(host::raw(SYS_getpid)));
  if (const long error = joined.append(filter); error != 0) return error;
  placeholder::avoid_paths();
  const sock_fprog both = joined.program();
  return host::raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &both);
}

}  // namespace

long seccomp(unsigned operation, unsigned flags, const void* program) {
  if (operation == SECCOMP_SET_MODE_FILTER) return set_filter(flags, program);
  return host::raw(SYS_seccomp, operation, flags, program);
}

long prctl(int option, long second, long third, long fourth, long fifth) {
  if (option == PR_SET_SECCOMP && second == SECCOMP_MODE_FILTER) {
    return set_filter(0, reinterpret_cast<const void*>(third));
  }
  return host::raw(SYS_prctl, option, second, third, fourth, fifth);
}

}  // namespace farcall::shim::sandbox
