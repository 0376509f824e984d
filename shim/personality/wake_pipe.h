// Ending a call that waits for descriptors, in a kernel that cannot interrupt the sleep of a call.
#pragma once

namespace farcall::personality {

/// Whether farcall_interrupt ends a sleep: in Farcall's own kernel it does. Asked once of each
/// program's kernel.
bool kernel_interrupts_sleeps();

/// A pipe in the kernel: who waits for descriptors waits for its reading end beside them.
class WakePipe {
 public:
  WakePipe() = default;
  ~WakePipe();
  WakePipe(const WakePipe&) = delete;
  WakePipe& operator=(const WakePipe&) = delete;

  /// False: the kernel gives none.
  bool open();
  /// -1 before open().
  [[nodiscard]] int reading_end() const { return ends_[0]; }
  [[nodiscard]] bool is_open() const { return ends_[0] != -1; }
  /// Makes the reading end readable, for good.
  void wake() const;

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace farcall::personality
