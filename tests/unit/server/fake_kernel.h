// A kernel for the server's tests: processes and lwps that are counted, a CPU, and a few system
// calls that do what a test needs. It has the numbers of NetBSD's calls so that the server lets
// them through.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "farcall/hypercall.h"
#include "server/kernel_interface.h"

struct lwp {
  pid_t pid = 0;
  bool exiting = false;
  bool interrupted = false;
  bool released = false;
  bool bound = false;  ///< to a thread
};

namespace farcall::server::test {

/// The calls that the fake kernel has.
enum Call : int {
  kRead = 3,      ///< (_, address, length): copies out what the last kWrite copied in
  kWrite = 4,     ///< (_, address, length): copies in
  kOpen = 5,      ///< (address): copies in a string; the result is its length
  kGetpid = 20,   ///< the process; second result: the thread of the host that executes it
  kKill = 37,     ///< (_, signal): raises a signal in the calling process
  kSendto = 133,  ///< (_, address, length): borrows that, until give_back()
  kSelect = 417,  ///< sleeps until wake() or an interrupt
  kMmap = 197,    ///< (_, length): memory in the client; the result is its address
  kPoll = 209,    ///< as kSelect, but does not tell that it sleeps
  kPwrite = 174,  ///< as kWrite, but copies 64 KiB in, sleeps as kSelect, and copies the rest in
};

/// One at a time: the upcalls are plain functions.
class FakeKernel {
 public:
  FakeKernel();
  ~FakeKernel();

  /// What the server is to use.
  [[nodiscard]] KernelInterface interface() const;
  /// How the kernel reaches clients.
  void set_ops(const farcall_sysproxy_ops* ops) { ops_ = ops; }

  // For tests, from any thread.
  /// Ends all sleeps of kSelect, the present ones.
  void wake();
  /// Sleeps until `count` lwps are in kSelect.
  void wait_for_sleepers(int count);
  /// Sleeps until there are `count` processes.
  void wait_for_processes(std::size_t count);
  std::string command(pid_t pid);
  std::size_t lwps();
  /// What kSendto has borrowed, the first one; without `size` nothing.
  struct Borrowed {
    const char* data = nullptr;
    std::size_t size = 0;
    rumpuser_loan* loan = nullptr;
  };
  Borrowed borrowed();
  void give_back();
  /// It cannot interrupt an lwp from now on, but by ending it.
  void drop_interrupt_upcall() { up_.hyp__extra[0] = nullptr; }
  /// rfork fails with that NetBSD errno from now on; 0: it does not.
  void fail_forks(int error);

 private:
  struct Upcalls;
  struct Process {
    void* client = nullptr;
    std::string command;
    bool exiting = false;
    std::set<lwp*> lwps;
  };

  lwp* add_lwp(pid_t pid);
  void drop_lwp(lwp* dropped);
  int call(int number, const std::uint64_t* args, long* result);
  int write(const std::uint64_t* args, std::size_t first, long* result);
  int copyin(std::uint64_t address, char* to, std::size_t size);
  int read(const std::uint64_t* args, long* result);
  int open(const std::uint64_t* args, long* result);
  int map(const std::uint64_t* args, long* result);
  int borrow(const std::uint64_t* args);
  int select(bool tells);

  rumpuser_hyperup up_{};
  const farcall_sysproxy_ops* ops_ = nullptr;
  std::mutex cpu_;
  std::condition_variable changed_;
  std::map<pid_t, Process> processes_;
  pid_t last_pid_ = 1;
  std::vector<char> buffer_;
  std::vector<Borrowed> borrowed_;
  int sleepers_ = 0;
  unsigned wakes_ = 0;
  int fork_error_ = 0;
};

}  // namespace farcall::server::test
