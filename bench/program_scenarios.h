// Scenarios of a program that knows nothing of kernels: run with the shim before it, and without.
#pragma once

#include "bench/scenario.h"

namespace farcall::bench {

/// read(2) of a byte from a descriptor of the host's.
class HostRead final : public Scenario {
 public:
  explicit HostRead(const Context& context);
  void operation() override;

 private:
  int fd_;
};

/// A byte into a pipe of the host's; a thread answers with a datagram; poll(2) of another pipe of
/// the host's and the datagram's socket, which the shim makes the kernel's, wakes up for that.
class MixedPoll final : public Scenario {
 public:
  explicit MixedPoll(const Context& context);
  void operation() override;

 private:
  void serve();

  int question_[2];
  int silent_[2];
  int near_;
  int far_;
};

}  // namespace farcall::bench
