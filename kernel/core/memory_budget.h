// A cap on what all clients together can make the kernel buffer for them: data in pipes and sockets
// that nobody reads.
#pragma once

#include <cstddef>

namespace farcall::kernel {

/// The budget becomes what the kernel's parameter RUMP_MEMLIMIT says: a number, perhaps with k, m
/// or g behind it. Without one, or with one that is none, it stays at 256 MiB. Once, from
/// rump_init.
void memory_budget_init();

/// Bytes of buffers that count against the one budget of the kernel; given back at the end.
class BudgetShare {
 public:
  BudgetShare() = default;
  ~BudgetShare() { give_back(taken_); }
  BudgetShare(const BudgetShare&) = delete;
  BudgetShare& operator=(const BudgetShare&) = delete;

  /// False, and nothing taken, when the kernel has no more; the call should then fail with
  /// NB_ENOBUFS.
  [[nodiscard]] bool take(std::size_t size);
  /// The same for what only makes things faster: false, too, when less than half of the budget
  /// would be left.
  [[nodiscard]] bool take_of_plenty(std::size_t size);
  /// At most what was taken.
  void give_back(std::size_t size);

 private:
  std::size_t taken_ = 0;
};

}  // namespace farcall::kernel
