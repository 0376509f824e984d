// Block I/O by threads, which are started as requests find none idle.
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
constexpr int kMaxWorkers = 4;

class Workers {
 public:
  void submit(const BlockRequest& request) {
    std::lock_guard lock(mutex_);
    queue_.push_back(request);
    if (idle_ < queue_.size() && started_ < kMaxWorkers) start_worker();
    arrived_.notify_one();
  }

 private:
  void start_worker() {
    pthread_t thread;
    const ThreadOptions options = {.name = "rumpbio"};
    const int error = start_thread([](void* self) { return static_cast<Workers*>(self)->work(); },
                                   this, options, &thread);
    if (error == 0) {
      ++started_;
    } else if (started_ == 0) {
      fatal("starting a thread for block I/O", error);
    }
  }

  void* work() {
    adopt_kernel_lwp();
    for (;;) perform_rest(next(), 0);
  }

  BlockRequest next() {
    std::unique_lock lock(mutex_);
    ++idle_;
    arrived_.wait(lock, [this] { return !queue_.empty(); });
    --idle_;
    const BlockRequest request = queue_.front();
    queue_.pop_front();
    return request;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<BlockRequest> queue_;
  std::size_t idle_ = 0;
  int started_ = 0;
};

}  // namespace

void submit_to_threads(const BlockRequest& request) {
  static Workers& workers = *new Workers;  // its threads live as long as the process
  workers.submit(request);
}

}  // namespace farcall::hypercall
