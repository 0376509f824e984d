// Block I/O by io_uring, where the machine allows it.
//
// One thread takes the ends off the ring and tells the kernel.
#include <liburing.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <new>

#include "block_io.h"
#include "fatal.h"
#include "host_thread.h"
#include "params.h"
#include "upcalls.h"

namespace farcall::hypercall {
namespace {

constexpr unsigned kEntries = 64;
constexpr std::size_t kLargestTransfer = std::size_t{1} << 30;  // the ring's lengths have 32 bits

void prepare(io_uring_sqe* entry, const BlockRequest& request) {
  const auto length = static_cast<unsigned>(std::min(request.length, kLargestTransfer));
  const auto offset = static_cast<std::uint64_t>(request.offset);
  if ((request.op & RUMPUSER_BIO_READ) != 0) {
    ::io_uring_prep_read(entry, request.fd, request.data, length, offset);
  } else {
    ::io_uring_prep_write(entry, request.fd, request.data, length, offset);
    if ((request.op & RUMPUSER_BIO_SYNC) != 0) entry->rw_flags = RWF_DSYNC;
  }
}

void end(const BlockRequest& request, int result) {
  const bool try_again = result == -EINTR || result == -EAGAIN;
  if (result < 0 && !try_again) {
    fail(request, -result);
  } else {
    perform_rest(request, try_again ? 0 : static_cast<std::size_t>(result));
  }
}

class Uring {
 public:
  /// Null when this machine or the parameter RUMP_BLOCKIO=threads says no.
  static Uring* create() {
    if (configured("RUMP_BLOCKIO") == "threads") return nullptr;
    auto uring = std::make_unique<Uring>();
    if (::io_uring_queue_init(kEntries, &uring->ring_, 0) != 0) return nullptr;
    pthread_t thread;
    const int error = start_thread([](void* self) { return static_cast<Uring*>(self)->reap(); },
                                   uring.get(), {.name = "rumpuring"}, &thread);
    if (error == 0) return uring.release();
    ::io_uring_queue_exit(&uring->ring_);
    return nullptr;
  }

  /// The ring has the address of a copy of the request until that has ended.
  bool submit(const BlockRequest& request) {
    std::unique_ptr<BlockRequest> copy(new (std::nothrow) BlockRequest(request));
    const std::lock_guard lock(mutex_);
    io_uring_sqe* const entry = copy == nullptr ? nullptr : ::io_uring_get_sqe(&ring_);
    if (entry == nullptr) return false;
    prepare(entry, request);
    ::io_uring_sqe_set_data(entry, copy.get());
    if (::io_uring_submit(&ring_) >= 0) {
      static_cast<void>(copy.release());
      return true;
    }
    // The host is short of memory. The entry stays queued and goes with the next, so it must mean
    // nothing.
    ::io_uring_prep_nop(entry);
    ::io_uring_sqe_set_data(entry, nullptr);
    return false;
  }

 private:
  void* reap() {
    adopt_kernel_lwp();
    for (;;) {
      io_uring_cqe* entry = nullptr;
      const int error = ::io_uring_wait_cqe(&ring_, &entry);
      if (error == -EINTR) continue;
      if (error != 0) fatal("waiting for block I/O", -error);
      const std::unique_ptr<const BlockRequest> request(
          static_cast<const BlockRequest*>(::io_uring_cqe_get_data(entry)));
      const int result = entry->res;
      {
        // What submit wrote comes first: the host knows, C++ does not look into the ring.
        const std::lock_guard lock(mutex_);
        ::io_uring_cqe_seen(&ring_, entry);
      }
      if (request != nullptr) end(*request, result);
    }
  }

  io_uring ring_ = {};
  std::mutex mutex_;  // the submitting half of the ring
};

}  // namespace

bool submit_to_uring(const BlockRequest& request) {
  static Uring* const uring = Uring::create();  // its thread lives as long as the process
  return uring != nullptr && uring->submit(request);
}

}  // namespace farcall::hypercall
