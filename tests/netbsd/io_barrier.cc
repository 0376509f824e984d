// Preloaded into a server: large reads of a disk wait for one another, so that they end only if the
// kernel and the hypercalls have as many of them in flight as IO_BARRIER says. Then it writes
// "COUNT reads at once" to the standard error output.
#include <dlfcn.h>
#include <liburing.h>
#include <sys/uio.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace {

constexpr size_t kLarge = 16384;  // metadata is read in smaller pieces
constexpr std::chrono::seconds kPatience{60};

/// Lets nobody through before `wanted` have come; all that come later pass.
class Barrier {
 public:
  explicit Barrier(int wanted) : wanted_(wanted) {}

  void pass() {
    std::unique_lock lock(mutex_);
    if (open_) return;
    if (++waiting_ == wanted_) {
      open_ = true;
      std::fprintf(stderr, "%d reads at once\n", waiting_);
      changed_.notify_all();
    }
    changed_.wait_for(lock, kPatience, [this] { return open_; });
    --waiting_;
  }

 private:
  const int wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

Barrier& barrier() {
  static Barrier instance(std::atoi(std::getenv("IO_BARRIER")));
  return instance;
}

}  // namespace

extern "C" {

/// No io_uring, which does its reads where they cannot be held up.
int io_uring_queue_init(unsigned, io_uring*, unsigned) { return -ENOSYS; }

ssize_t preadv2(int fd, const iovec* vectors, int count, off_t offset, int flags) {
  static const auto next = reinterpret_cast<decltype(&preadv2)>(dlsym(RTLD_NEXT, "preadv2"));
  if (count == 1 && vectors->iov_len >= kLarge) barrier().pass();
  return next(fd, vectors, count, offset, flags);
}
ssize_t preadv64v2(int fd, const iovec* vectors, int count, off_t offset, int flags) {
  return preadv2(fd, vectors, count, offset, flags);
}

}  // extern "C"
