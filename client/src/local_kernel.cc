#include "local_kernel.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include <cerrno>

#include "lock.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"

namespace farcall::client::local {
namespace {

/// How a process of a rump kernel begins: with descriptors of its own.
constexpr int kNewDescriptors = 0x02;

/// The entry points, by NetBSD's names and meaning.
struct Kernel {
  int (*init)();
  int (*syscall)(int, void*, std::size_t, long*);
  int (*fork_process)(int);
  int (*new_lwp)(pid_t);
  void (*release_lwp)();
  lwp* (*current_lwp)();
  void (*schedule)();
  void (*unschedule)();
  pid_t pid;
  /// Runs at the end of a thread that has an lwp.
  pthread_key_t thread_end;
};
constinit Kernel kernel{};

/// Of the upcalls, which are pointers to functions, the built-in kernel's own (null in others)
/// comes after the thirteen that every kernel has.
using Upcalls = const void* const* (*)();
constexpr std::size_t kInterruptUpcall = 13;
using Interrupt = void (*)(lwp*);
constinit Interrupt interrupt_upcall = nullptr;

[[gnu::tls_model("initial-exec")]] constinit thread_local lwp* this_lwp = nullptr;

/// A kernel of several libraries has its entry points in any of them.
template <class Function>
bool take(const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  return function != nullptr;
}

bool take_all() {
  return take("rump_init", kernel.init) && take("rump_syscall", kernel.syscall) &&
         take("rump_pub_lwproc_rfork", kernel.fork_process) &&
         take("rump_pub_lwproc_newlwp", kernel.new_lwp) &&
         take("rump_pub_lwproc_releaselwp", kernel.release_lwp) &&
         take("rump_pub_lwproc_curlwp", kernel.current_lwp) &&
         take("rump_schedule", kernel.schedule) && take("rump_unschedule", kernel.unschedule);
}

void leave_thread(void* /*unused*/) {
  const SignalsBlocked blocked;
  this_lwp = nullptr;
  kernel.release_lwp();
}

/// The thread has an lwp from now on.
lwp* enter_thread() {
  this_lwp = kernel.current_lwp();
  pthread_setspecific(kernel.thread_end, this_lwp);
  return this_lwp;
}

/// Loads what `files` names, one after another, with a colon between.
Result<void> load_libraries(const char* files, Reason& reason) {
  for (const char* begin = files; *begin != '\0';) {
    const char* end = strchrnul(begin, ':');
    char file[PATH_MAX];
    const auto length = static_cast<std::size_t>(end - begin);
    if (length >= sizeof file) return reason.fail(files, "is too long a name", ENAMETOOLONG);
    memcpy(file, begin, length);
    file[length] = '\0';
    if (dlopen(file, RTLD_NOW | RTLD_GLOBAL) == nullptr) {
      return reason.fail(file, dlerror(), ENOENT);
    }
    begin = *end == '\0' ? end : end + 1;
  }
  return {};
}

}  // namespace

Result<void> load_kernel(const char* files, Reason& reason) {
  const SignalsBlocked blocked;
  if (auto loaded = load_libraries(files, reason); !loaded.ok()) return loaded;
  Upcalls upcalls = nullptr;
  if (!take_all() || !take("farcall_hypercall_upcalls", upcalls)) {
    return reason.fail(files, "is no kernel that can be loaded here", ENOEXEC);
  }
  if (kernel.init() != 0 || pthread_key_create(&kernel.thread_end, leave_thread) != 0 ||
      kernel.fork_process(kNewDescriptors) != 0) {
    return reason.fail(files, "the kernel does not start", EAGAIN);
  }
  interrupt_upcall = reinterpret_cast<Interrupt>(const_cast<void*>(upcalls()[kInterruptUpcall]));
  enter_thread();
  kernel.pid =
      static_cast<pid_t>(call_kernel({.number = NB_SYS_getpid, .count = 0, .slots = {}}).retval[0]);
  return {};
}

lwp* own_lwp() {
  if (this_lwp != nullptr) return this_lwp;
  return kernel.new_lwp(kernel.pid) == 0 ? enter_thread() : nullptr;
}

Outcome call_kernel(const Arguments& arguments) {
  Outcome outcome;
  if (own_lwp() == nullptr) {
    outcome.error = NB_EAGAIN;
    return outcome;
  }
  auto slots = arguments.slots;
  outcome.error = kernel.syscall(arguments.number, slots.data(),
                                 arguments.count * sizeof(std::uint64_t), outcome.retval.data());
  return outcome;
}

void interrupt_lwp(lwp* sleeper) {
  if (interrupt_upcall == nullptr || own_lwp() == nullptr) return;
  kernel.schedule();
  interrupt_upcall(sleeper);
  kernel.unschedule();
}

}  // namespace farcall::client::local
