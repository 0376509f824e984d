#include "local_kernel.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include <cerrno>

#include "farcall/hypercall.h"
#include "local_memory.h"
#include "lock.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"

namespace farcall::client::local {
namespace {

constexpr int kSharedDescriptors = 0;

/// The entry points, by NetBSD's names and meaning.
struct Kernel {
  int (*init)();
  int (*syscall)(int, void*, std::size_t, long*);
  int (*new_lwp)(pid_t);
  void (*release_lwp)();
  void (*switch_lwp)(lwp*);
  lwp* (*current_lwp)();
  void (*schedule)();
  void (*unschedule)();
  const rumpuser_hyperup* upcalls;
  pid_t pid;
  /// Runs at the end of a thread that has an lwp.
  pthread_key_t thread_end;
};
constinit Kernel kernel{};

/// The built-in kernel's own upcall; null in others.
constinit farcall_lwp_interrupt_fn interrupt_upcall = nullptr;

[[gnu::tls_model("initial-exec")]] constinit thread_local lwp* this_lwp = nullptr;
/// The process of that lwp, if it is a stand-in for the program's.
[[gnu::tls_model("initial-exec")]] constinit thread_local pid_t this_stand_in = 0;

/// A kernel of several libraries has its entry points in any of them.
template <class Function>
bool take(const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  return function != nullptr;
}

bool take_all() {
  return take("rump_init", kernel.init) && take("rump_syscall", kernel.syscall) &&
         take("rump_pub_lwproc_newlwp", kernel.new_lwp) &&
         take("rump_pub_lwproc_releaselwp", kernel.release_lwp) &&
         take("rump_pub_lwproc_switch", kernel.switch_lwp) &&
         take("rump_pub_lwproc_curlwp", kernel.current_lwp) &&
         take("rump_schedule", kernel.schedule) && take("rump_unschedule", kernel.unschedule);
}

/// A new process, with an lwp that becomes the thread's. The kernel reaches its memory, which is
/// this process's, through memory_operations.
int fork_process(int descriptors) {
  static char the_program;
  kernel.schedule();
  const int error = kernel.upcalls->hyp_lwproc_rfork(&the_program, descriptors, nullptr);
  kernel.unschedule();
  return error;
}

void release_own_lwp() {
  this_lwp = nullptr;
  this_stand_in = 0;
  kernel.release_lwp();
}

void leave_thread(void* /*unused*/) {
  const SignalsBlocked blocked;
  release_own_lwp();
}

/// The thread has an lwp from now on.
lwp* enter_thread() {
  this_lwp = kernel.current_lwp();
  pthread_setspecific(kernel.thread_end, this_lwp);
  return this_lwp;
}

pid_t current_process() {
  return static_cast<pid_t>(
      call_kernel({.number = NB_SYS_getpid, .count = 0, .slots = {}}).retval[0]);
}

/// The thread's lwp, of the program's process, gives way to one of a new process.
bool enter_stand_in() {
  lwp* const before = this_lwp;
  if (fork_process(kSharedDescriptors) != 0) return false;
  lwp* const made = kernel.current_lwp();
  kernel.switch_lwp(before);
  kernel.release_lwp();
  kernel.switch_lwp(made);
  enter_thread();
  this_stand_in = current_process();
  return true;
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
  decltype(&farcall_hypercall_upcalls) upcalls = nullptr;
  decltype(&farcall_hypercall_set_sysproxy) set_sysproxy = nullptr;
  if (!take_all() || !take("farcall_hypercall_upcalls", upcalls) ||
      !take("farcall_hypercall_set_sysproxy", set_sysproxy)) {
    return reason.fail(files, "is no kernel that can be loaded here", ENOEXEC);
  }
  set_sysproxy(&memory_operations);
  if (kernel.init() != 0 || pthread_key_create(&kernel.thread_end, leave_thread) != 0) {
    return reason.fail(files, "the kernel does not start", EAGAIN);
  }
  kernel.upcalls = upcalls();
  if (fork_process(RUMP_RFCFDG) != 0) {
    return reason.fail(files, "the kernel makes no process", EAGAIN);
  }
  interrupt_upcall = reinterpret_cast<farcall_lwp_interrupt_fn>(kernel.upcalls->hyp__extra[0]);
  enter_thread();
  kernel.pid = current_process();
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

Caller own_caller() {
  if (own_lwp() == nullptr) return {};
  if (interrupt_upcall == nullptr && this_stand_in == 0 && !enter_stand_in()) return {};
  return {this_lwp, this_stand_in};
}

void interrupt(const Caller& caller) {
  lwp* const own = own_lwp();
  if (own == nullptr) return;
  if (caller.stand_in != 0) {
    // It fails when the process has been told before, which its calls remember.
    if (kernel.new_lwp(caller.stand_in) != 0) return;
    kernel.schedule();
    kernel.upcalls->hyp_lwpexit();
    kernel.unschedule();
    kernel.release_lwp();
    kernel.switch_lwp(own);
    return;
  }
  kernel.schedule();
  interrupt_upcall(caller.thread);
  kernel.unschedule();
}

void forget_interrupt() {
  if (this_stand_in != 0) {
    release_own_lwp();
  } else {
    call_kernel({.number = NB_SYS_getpid, .count = 0, .slots = {}});  // cannot sleep, and takes it
  }
}

}  // namespace farcall::client::local
