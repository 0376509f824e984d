#include "kernel/event/poll_set.h"

#include <memory>

#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

class QueueWaker final : public PollWaiter {
 public:
  void ready() override { queue->wake_all(); }
  WaitQueue* queue = nullptr;
};

std::size_t scan(std::vector<PollEntry>& entries) {
  std::size_t count = 0;
  for (PollEntry& entry : entries) {
    constexpr int kAlways = NB_POLLERR | NB_POLLHUP | NB_POLLNVAL;
    if (entry.file) entry.ready = entry.file->poll(static_cast<short>(entry.events | kAlways));
    if (entry.ready != 0) ++count;
  }
  return count;
}

}  // namespace

// Between a scan and the sleep the CPU is not given up, so no notification is missed.
Result<std::size_t> poll_wait(std::vector<PollEntry>& entries, Deadline deadline) {
  if (std::size_t count = scan(entries); count != 0) return count;
  if (deadline && *deadline <= monotonic_now()) return std::size_t{0};
  WaitQueue queue;
  std::unique_ptr<QueueWaker[]> wakers(new QueueWaker[entries.size()]);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].file) continue;
    wakers[i].queue = &queue;
    wakers[i].subscribe(entries[i].file->poll_source());
  }
  for (;;) {
    auto slept = queue.sleep(deadline);
    if (std::size_t count = scan(entries); count != 0) return count;
    if (slept.code() == NB_EWOULDBLOCK) return std::size_t{0};
    if (!slept.ok()) return slept.error();
  }
}

}  // namespace farcall::kernel
