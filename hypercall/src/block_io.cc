// Block I/O: accepting requests and ending them.
#include "block_io.h"

#include <sys/uio.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "errors.h"
#include "params.h"
#include "upcalls.h"

namespace farcall::hypercall {
namespace {

/// The requests whose transfer has not ended, each by the number that it got when it came.
class Outstanding {
 public:
  std::uint64_t add() {
    std::lock_guard lock(mutex_);
    numbers_.insert(++last_);
    return last_;
  }
  void remove(std::uint64_t number) {
    std::lock_guard lock(mutex_);
    numbers_.erase(number);
    removed_.notify_all();
  }
  void wait_for_earlier() {
    std::unique_lock lock(mutex_);
    const std::uint64_t latest = last_;
    removed_.wait(lock, [&] { return numbers_.empty() || *numbers_.begin() > latest; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable removed_;
  std::set<std::uint64_t> numbers_;
  std::uint64_t last_ = 0;
};

/// Never destroyed: requests end while the process exits.
Outstanding& outstanding() {
  static Outstanding& instance = *new Outstanding;
  return instance;
}

struct Transfer {
  size_t length;
  int host_errno;
};

ssize_t transfer_once(const BlockRequest& request, size_t from) {
  const iovec part = {.iov_base = request.data + from, .iov_len = request.length - from};
  const off64_t offset = request.offset + static_cast<off64_t>(from);
  if ((request.op & RUMPUSER_BIO_READ) != 0) return ::preadv2(request.fd, &part, 1, offset, 0);
  return ::pwritev2(request.fd, &part, 1, offset,
                    (request.op & RUMPUSER_BIO_SYNC) != 0 ? RWF_DSYNC : 0);
}

/// As far as the file goes, beginning after `done` bytes.
Transfer transfer_rest(const BlockRequest& request, size_t done) {
  while (done < request.length) {
    const ssize_t result = transfer_once(request, done);
    if (result == 0) break;
    if (result > 0) {
      done += static_cast<size_t>(result);
    } else if (errno != EINTR) {
      return {done, errno};
    }
  }
  return {done, 0};
}

void end(const BlockRequest& request, Transfer transfer) {
  outstanding().remove(request.number);
  request.done(request.arg, transfer.length, errno_to_netbsd(transfer.host_errno));
}

/// For kernels that run without threads of their own: the caller performs its requests itself.
bool threads_are_wanted() {
  static const bool wanted = configured("RUMP_THREADS").value_or("1").substr(0, 1) != "0";
  return wanted;
}

}  // namespace

void finish_block_io() { outstanding().wait_for_earlier(); }

void perform_rest(const BlockRequest& request, size_t transferred) {
  const Transfer transfer = transfer_rest(request, transferred);
  with_cpu([&] { end(request, transfer); });
}

void fail(const BlockRequest& request, int host_errno) {
  with_cpu([&] { end(request, {0, host_errno}); });
}

}  // namespace farcall::hypercall

using namespace farcall::hypercall;

void rumpuser_bio(int fd, int op, void* data, size_t length, int64_t offset, rump_biodone_fn done,
                  void* arg) {
  const BlockRequest request = {.fd = fd,
                                .op = op,
                                .data = static_cast<char*>(data),
                                .length = length,
                                .offset = offset,
                                .done = done,
                                .arg = arg,
                                .number = outstanding().add()};
  if (!threads_are_wanted()) {
    end(request, sleeping([&] { return transfer_rest(request, 0); }));
  } else if (!submit_to_uring(request)) {
    submit_to_threads(request);
  }
}
