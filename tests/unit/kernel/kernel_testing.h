// What the kernel's unit tests share: system calls as function calls, a process of its own for each
// test, and a thread that can be watched falling asleep in the kernel.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"
#include "rump/rump.h"
#include "rump/rumpuser.h"

namespace farcall::testing {

/// What a system call gave: an errno of NetBSD's, and the two results.
struct Outcome {
  int error = 0;
  long value = 0;
  long second = 0;
};

Outcome call_with_slots(int number, const std::vector<std::uint64_t>& slots);

template <class T>
std::uint64_t as_slot(T argument) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uint64_t>(argument);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<std::uint64_t>(argument);
  }
}

/// A system call of the calling thread's lwp.
template <class... Arguments>
Outcome call(int number, Arguments... arguments) {
  return call_with_slots(number, {as_slot(arguments)...});
}

MATCHER_P(FailsWith, error, "fails with NetBSD errno " + ::testing::PrintToString(error)) {
  *result_listener << "error " << arg.error << ", value " << arg.value;
  return arg.error == error;
}
MATCHER(Succeeds, "succeeds") {
  *result_listener << "error " << arg.error;
  return arg.error == 0;
}
MATCHER_P(Returns, value, "returns " + ::testing::PrintToString(value)) {
  *result_listener << "error " << arg.error << ", value " << arg.value;
  return arg.error == 0 && arg.value == static_cast<long>(value);
}

/// Gives each test a kernel, and its thread a fresh process without descriptors.
class KernelTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  struct Pipe {
    int read, write;
  };
  static Pipe make_pipe();
  static long pid() { return call(NB_SYS_getpid).value; }
};

/// A thread with an lwp of its own in process `pid` that makes one system call.
class Caller {
 public:
  Caller(long pid, std::function<Outcome()> body);
  ~Caller();

  /// Returns when the thread sleeps in the kernel.
  void wait_until_asleep();
  /// Ends its call as a signal of the client would.
  void interrupt();
  Outcome result();

 private:
  std::promise<void> asleep_;
  bool slept_ = false;
  std::promise<lwp*> lwp_;
  lwp* lwp_pointer_ = nullptr;
  std::promise<Outcome> outcome_;
  std::thread thread_;
};

}  // namespace farcall::testing
