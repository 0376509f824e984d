// Block I/O by threads, which start with the first request.
#include <condition_variable>
#include <deque>
#include <mutex>

#include "block_io.h"
#include "fatal.h"
#include "host_thread.h"
#include "upcalls.h"

namespace farcall::hypercall {
namespace {

// More requests at once than a disk or the host's page cache gains from.
constexpr int kWorkers = 4;

class Workers {
 public:
  /// Does with fewer when the host is short of threads.
  Workers() {
    for (int started = 0; started < kWorkers; ++started) {
      pthread_t thread;
      const int error = start_thread([](void* self) { return static_cast<Workers*>(self)->work(); },
                                     this, {.name = "rumpbio"}, &thread);
      if (error != 0 && started == 0) fatal("starting a thread for block I/O", error);
    }
  }

  void submit(const BlockRequest& request) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(request);
    arrived_.notify_one();
  }

 private:
  void* work() {
    adopt_kernel_lwp();
    for (;;) perform_rest(next(), 0);
  }

  BlockRequest next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !queue_.empty(); });
    const BlockRequest request = queue_.front();
    queue_.pop_front();
    return request;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<BlockRequest> queue_;
};

}  // namespace

void submit_to_threads(const BlockRequest& request) {
  static Workers& workers = *new Workers;  // its threads live as long as the process
  workers.submit(request);
}

}  // namespace farcall::hypercall
