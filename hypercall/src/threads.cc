// Threads.
#include "host_thread.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <optional>

#include "errors.h"
#include "fatal.h"
#include "rump/rumpuser.h"
#include "upcalls.h"

namespace farcall::hypercall {
namespace {

constexpr int kStartAttempts = 10;
constexpr timespec kBetweenAttempts = {.tv_sec = 0, .tv_nsec = 10'000'000};

/// What a new thread needs to begin; its own from then on.
struct Start {
  void* (*body)(void*);
  void* arg;
  std::array<char, 16> name;
  std::optional<cpu_set_t> cpus;
};

// A thread names itself: by the time that its creator would, a detached one may be gone. It takes
// its CPUs itself: its creator would have to stop it for that, and wake it.
void* run(void* start_pointer) {
  const std::unique_ptr<Start> owned(static_cast<Start*>(start_pointer));
  const Start start = *owned;
  if (start.name[0] != '\0') pthread_setname_np(pthread_self(), start.name.data());
  // Those that the host has taken away meanwhile are nobody's: then it runs where it may.
  if (start.cpus) ::sched_setaffinity(0, sizeof *start.cpus, &*start.cpus);
  return start.body(start.arg);
}

/// The program's signals are for the program's threads. Those that a thread raises by what it does
/// stay.
void take_no_signals(pthread_attr_t* attributes) {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int sig : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS})
    sigdelset(&blocked, sig);
  must(pthread_attr_setsigmask_np(attributes, &blocked), "thread attributes");
}

/// Virtual CPUs map to those that the process may use, in their order. A thread of none, or of one
/// beyond those, may run on all of them: not only where the thread that starts it is kept.
std::optional<cpu_set_t> cpus_of(int wanted) {
  if (wanted < 0 && ::gettid() == ::getpid()) return std::nullopt;  // it inherits all
  cpu_set_t usable;
  if (::sched_getaffinity(::getpid(), sizeof usable, &usable) != 0) return std::nullopt;
  for (int cpu = 0, left = wanted; wanted >= 0 && cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &usable) || left-- > 0) continue;
    CPU_ZERO(&usable);
    CPU_SET(cpu, &usable);
    break;
  }
  return usable;
}

pthread_t pthread_of(void* cookie) {
  return static_cast<pthread_t>(reinterpret_cast<std::uintptr_t>(cookie));
}

}  // namespace

int start_thread(void* (*body)(void*), void* arg, const ThreadOptions& options, pthread_t* thread) {
  std::unique_ptr<Start> start(
      new (std::nothrow) Start{.body = body, .arg = arg, .name = {}, .cpus = cpus_of(options.cpu)});
  if (start == nullptr) return ENOMEM;
  if (options.name != nullptr)
    std::strncpy(start->name.data(), options.name, start->name.size() - 1);

  pthread_attr_t attributes;
  must(pthread_attr_init(&attributes), "thread attributes");
  pthread_attr_setdetachstate(&attributes,
                              options.joinable ? PTHREAD_CREATE_JOINABLE : PTHREAD_CREATE_DETACHED);
  take_no_signals(&attributes);
  const int error = pthread_create(thread, &attributes, run, start.get());
  if (error == 0) static_cast<void>(start.release());  // the thread has it
  pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace farcall::hypercall

using namespace farcall::hypercall;

int rumpuser_thread_create(void* (*body)(void*), void* arg, const char* name, int joinable, int,
                           int cpu, void** cookie) {
  const ThreadOptions options = {.name = name, .joinable = joinable != 0, .cpu = cpu};
  pthread_t thread;
  int error = start_thread(body, arg, options, &thread);
  for (int attempt = 1; error == EAGAIN && attempt < kStartAttempts; ++attempt) {
    // Perhaps others end meanwhile, which may take the CPU.
    without_cpu([] { return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &kBetweenAttempts, nullptr); });
    error = start_thread(body, arg, options, &thread);
  }
  if (error == 0 && joinable != 0)
    *cookie = reinterpret_cast<void*>(static_cast<std::uintptr_t>(thread));
  return errno_to_netbsd(error);
}

void rumpuser_thread_exit() { pthread_exit(nullptr); }

int rumpuser_thread_join(void* cookie) {
  return sleeping([cookie] { return errno_to_netbsd(pthread_join(pthread_of(cookie), nullptr)); });
}
