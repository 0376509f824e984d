#include "fake_kernel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "farcall/sysproxy.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::uint64_t kMaxWrite = 1 << 20;

FakeKernel* kernel = nullptr;

struct Thread {
  lwp* current = nullptr;
  void (*hook)(void*) = nullptr;
  void* hook_arg = nullptr;
};
thread_local Thread self;

/// What NetBSD's kernel asserts of its caller.
void require(bool held) {
  if (!held) std::abort();
}

}  // namespace

/// The CPU is held in all of these but schedule.
struct FakeKernel::Upcalls {
  static void schedule() { kernel->cpu_.lock(); }
  static void unschedule() {
    if (self.current != nullptr && self.current->released) {
      kernel->drop_lwp(self.current);
      self.current = nullptr;
    }
    kernel->cpu_.unlock();
  }
  static void change(lwp* to) {
    require(to == nullptr || !to->bound);
    if (self.current != nullptr) self.current->bound = false;
    if (to != nullptr) to->bound = true;
    self.current = to;
  }
  static void release() { self.current->released = true; }
  static lwp* current() { return self.current; }
  static pid_t pid() { return self.current->pid; }

  static int rfork(void* client, int flags, const char* command) {
    if (kernel->fork_error_ != 0) return kernel->fork_error_;
    require((flags == RUMP_RFCFDG) == (self.current == nullptr));
    const pid_t made = ++kernel->last_pid_;
    const std::string inherited =
        self.current == nullptr ? "" : kernel->processes_.at(self.current->pid).command;
    kernel->processes_[made] = {client, command == nullptr ? inherited : command, false, {}};
    change(kernel->add_lwp(made));
    kernel->changed_.notify_all();
    return 0;
  }
  static int newlwp(pid_t pid) {
    if (kernel->processes_.at(pid).exiting) return NB_EBUSY;
    change(kernel->add_lwp(pid));
    return 0;
  }
  static int syscall(int number, void* args, long* result) {
    const int error = kernel->call(number, static_cast<std::uint64_t*>(args), result);
    self.current->interrupted = false;
    return error;
  }
  static void lwpexit() {
    auto& process = kernel->processes_.at(self.current->pid);
    process.exiting = true;
    for (lwp* other : process.lwps) other->exiting = other != self.current;
    kernel->changed_.notify_all();
  }
  static void execnotify(const char* command) {
    auto& process = kernel->processes_.at(self.current->pid);
    require(process.lwps.size() == 1);
    process.exiting = false;
    process.command = command;
  }
  static void interrupt(lwp* target) {
    target->interrupted = true;
    kernel->changed_.notify_all();
  }
  static void set_hook(void (*hook)(void*), void* arg) {
    self.hook = hook;
    self.hook_arg = arg;
  }
};

FakeKernel::FakeKernel() {
  kernel = this;
  up_.hyp_schedule = Upcalls::schedule;
  up_.hyp_unschedule = Upcalls::unschedule;
  up_.hyp_lwproc_switch = Upcalls::change;
  up_.hyp_lwproc_release = Upcalls::release;
  up_.hyp_lwproc_rfork = Upcalls::rfork;
  up_.hyp_lwproc_newlwp = Upcalls::newlwp;
  up_.hyp_lwproc_curlwp = Upcalls::current;
  up_.hyp_syscall = Upcalls::syscall;
  up_.hyp_lwpexit = Upcalls::lwpexit;
  up_.hyp_execnotify = Upcalls::execnotify;
  up_.hyp_getpid = Upcalls::pid;
  up_.hyp__extra[0] = reinterpret_cast<void*>(Upcalls::interrupt);
  up_.hyp__extra[FARCALL_EXTRA_BORROWS] = this;
}

FakeKernel::~FakeKernel() { kernel = nullptr; }

KernelInterface FakeKernel::interface() const { return {&up_, Upcalls::set_hook}; }

void FakeKernel::wake() {
  const std::lock_guard lock(cpu_);
  ++wakes_;
  changed_.notify_all();
}

void FakeKernel::wait_for_sleepers(int count) {
  std::unique_lock lock(cpu_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return sleepers_ == count; }));
}

void FakeKernel::wait_for_processes(std::size_t count) {
  std::unique_lock lock(cpu_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return processes_.size() == count; }));
}

std::string FakeKernel::command(pid_t pid) {
  const std::lock_guard lock(cpu_);
  return processes_.at(pid).command;
}

std::size_t FakeKernel::lwps() {
  const std::lock_guard lock(cpu_);
  std::size_t count = 0;
  for (const auto& [pid, process] : processes_) count += process.lwps.size();
  return count;
}

void FakeKernel::fail_forks(int error) {
  const std::lock_guard lock(cpu_);
  fork_error_ = error;
}

lwp* FakeKernel::add_lwp(pid_t pid) {
  auto* added = new lwp;
  added->pid = pid;
  processes_.at(pid).lwps.insert(added);
  return added;
}

void FakeKernel::drop_lwp(lwp* dropped) {
  auto& process = processes_.at(dropped->pid);
  process.lwps.erase(dropped);
  if (process.lwps.empty()) processes_.erase(dropped->pid);
  delete dropped;
  changed_.notify_all();
}

int FakeKernel::call(int number, const std::uint64_t* args, long* result) {
  switch (number) {
    case kGetpid:
      result[0] = self.current->pid;
      result[1] = gettid();
      return 0;
    case kWrite:
      return write(args, 0, result);
    case kPwrite:
      return write(args, sysproxy::kDataSegment, result);
    case kRead:
      return read(args, result);
    case kOpen:
      return open(args, result);
    case kMmap:
      return map(args, result);
    case kSendto:
      return borrow(args);
    case kKill:
      return ops_->raise(processes_.at(self.current->pid).client, static_cast<int>(args[1]));
    case kSelect:
      return select(true);
    case kPoll:
      return select(false);
    default:
      return NB_ENOSYS;
  }
}

// Sleeps after `first` bytes, unless that is 0.
int FakeKernel::write(const std::uint64_t* args, std::size_t first, long* result) {
  if (args[2] > kMaxWrite || first > args[2]) return NB_EINVAL;
  std::vector<char> copied(args[2]);
  if (first != 0) {
    if (const int error = copyin(args[1], copied.data(), first)) return error;
    if (const int error = select(true)) return error;
  }
  const int error = copyin(args[1] + first, copied.data() + first, copied.size() - first);
  if (error != 0) return error;
  buffer_ = std::move(copied);
  *result = static_cast<long>(buffer_.size());
  return 0;
}

int FakeKernel::copyin(std::uint64_t address, char* to, std::size_t size) {
  void* client = processes_.at(self.current->pid).client;
  cpu_.unlock();
  const int error = ops_->copyin(client, reinterpret_cast<void*>(address), to, size);
  cpu_.lock();
  return error;
}

int FakeKernel::read(const std::uint64_t* args, long* result) {
  void* client = processes_.at(self.current->pid).client;
  const std::vector<char> copied = buffer_;
  cpu_.unlock();
  const int error =
      ops_->copyout(client, copied.data(), reinterpret_cast<void*>(args[1]), copied.size());
  cpu_.lock();
  *result = static_cast<long>(copied.size());
  return error;
}

int FakeKernel::open(const std::uint64_t* args, long* result) {
  void* client = processes_.at(self.current->pid).client;
  char name[64];
  std::size_t length = sizeof(name);
  cpu_.unlock();
  const int error = ops_->copyinstr(client, reinterpret_cast<void*>(args[0]), name, &length);
  cpu_.lock();
  *result = static_cast<long>(length);
  return error;
}

int FakeKernel::map(const std::uint64_t* args, long* result) {
  void* client = processes_.at(self.current->pid).client;
  void* address = nullptr;
  cpu_.unlock();
  const int error = ops_->anonmmap(client, args[1], &address);
  cpu_.lock();
  *result = reinterpret_cast<long>(address);
  return error;
}

int FakeKernel::borrow(const std::uint64_t* args) {
  void* client = processes_.at(self.current->pid).client;
  void* data = nullptr;
  Borrowed made{nullptr, args[2], nullptr};
  const int error = ops_->borrow(client, reinterpret_cast<void*>(args[1]), args[2],
                                 RUMPUSER_LOAN_KEEP, &data, &made.loan);
  if (error != 0) return error;
  made.data = static_cast<const char*>(data);
  borrowed_.push_back(made);
  return 0;
}

FakeKernel::Borrowed FakeKernel::borrowed() {
  const std::lock_guard lock(cpu_);
  return borrowed_.empty() ? Borrowed() : borrowed_.front();
}

void FakeKernel::give_back() {
  const std::lock_guard lock(cpu_);
  ops_->give_back(borrowed_.front().loan);
  borrowed_.erase(borrowed_.begin());
}

int FakeKernel::select(bool tells) {
  const unsigned before = wakes_;
  const lwp* me = self.current;
  ++sleepers_;
  changed_.notify_all();
  if (tells && self.hook != nullptr) self.hook(self.hook_arg);
  std::unique_lock lock(cpu_, std::adopt_lock);
  changed_.wait(lock, [&] { return wakes_ != before || me->interrupted || me->exiting; });
  lock.release();
  --sleepers_;
  return wakes_ != before ? 0 : NB_EINTR;
}

}  // namespace farcall::server::test
