#include "kernel_testing.h"

#include "farcall/hypercall.h"

namespace farcall::testing {

Outcome call_with_slots(int number, const std::vector<std::uint64_t>& slots) {
  std::vector<std::uint64_t> copy = slots;
  long results[2] = {0, 0};
  Outcome outcome;
  outcome.error = rump_syscall(number, copy.data(), copy.size() * sizeof(std::uint64_t), results);
  outcome.value = results[0];
  outcome.second = results[1];
  return outcome;
}

void KernelTest::SetUp() {
  ASSERT_EQ(rump_init(), 0);
  ASSERT_EQ(rump_pub_lwproc_rfork(RUMP_RFCFDG), 0);
}

void KernelTest::TearDown() {
  if (rump_pub_lwproc_curlwp() != nullptr) rump_pub_lwproc_releaselwp();
}

KernelTest::Pipe KernelTest::make_pipe() {
  Outcome outcome = call(NB_SYS_pipe);
  EXPECT_THAT(outcome, Succeeds());
  return {static_cast<int>(outcome.value), static_cast<int>(outcome.second)};
}

// The hook runs before the CPU is given up: whoever then gets the CPU finds the thread asleep.
Caller::Caller(long pid, std::function<Outcome()> body)
    : thread_([this, pid, body = std::move(body)] {
        EXPECT_EQ(rump_pub_lwproc_newlwp(static_cast<pid_t>(pid)), 0);
        lwp_.set_value(rump_pub_lwproc_curlwp());
        farcall_hypercall_set_sleep_hook(
            [](void* self) {
              auto& caller = *static_cast<Caller*>(self);
              if (!std::exchange(caller.slept_, true)) caller.asleep_.set_value();
            },
            this);
        Outcome outcome = body();
        farcall_hypercall_set_sleep_hook(nullptr, nullptr);
        rump_pub_lwproc_releaselwp();
        outcome_.set_value(outcome);
      }) {
  lwp_pointer_ = lwp_.get_future().get();
}

Caller::~Caller() { thread_.join(); }

void Caller::wait_until_asleep() { asleep_.get_future().get(); }

void Caller::interrupt() {
  auto function =
      reinterpret_cast<farcall_lwp_interrupt_fn>(farcall_hypercall_upcalls()->hyp__extra[0]);
  rump_schedule();
  function(lwp_pointer_);
  rump_unschedule();
}

Outcome Caller::result() { return outcome_.get_future().get(); }

}  // namespace farcall::testing
