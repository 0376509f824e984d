#include "watch.h"

#include <linux/aio_abi.h>

#include <cerrno>

#include "descriptors.h"
#include "host.h"

namespace farcall::client {

int Watch::ensure() {
  if (refused_) return -ENOSYS;
  if (bell_ < 0) bell_ = move_high(static_cast<int>(host::eventfd(0, O_CLOEXEC)));
  if (bell_ < 0) return bell_;
  refused_ = aio_ == 0 && host::aio_setup(1, &aio_) != 0;
  return refused_ ? -ENOSYS : 0;
}

int Watch::arm(int gate) {
  if (const int error = ensure(); error < 0) return error;
  io_event end{};
  if (armed_ && host::aio_take(aio_, &end) == 1) armed_ = false;
  if (armed_) return bell_;
  iocb poll{};
  poll.aio_lio_opcode = IOCB_CMD_POLL;
  poll.aio_fildes = static_cast<std::uint32_t>(gate);
  poll.aio_buf = POLLIN;
  poll.aio_flags = IOCB_FLAG_RESFD;
  poll.aio_resfd = static_cast<std::uint32_t>(bell_);
  armed_ = host::aio_submit(aio_, &poll) == 1;
  refused_ = !armed_;
  return armed_ ? bell_ : -ENOSYS;
}

void Watch::ring() const {
  const std::uint64_t one = 1;
  host::write(bell_, &one, sizeof one);
}

void Watch::forget(bool awaited) {
  const int number = bell_;
  *this = Watch();
  if (!awaited) return;
  const long rung = host::eventfd(1, O_CLOEXEC);
  bell_ = own(static_cast<int>(host::fcntl(static_cast<int>(rung), F_DUPFD_CLOEXEC, number)));
  host::close(static_cast<int>(rung));
}

}  // namespace farcall::client
