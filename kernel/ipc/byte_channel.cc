#include "kernel/ipc/byte_channel.h"

#include <algorithm>
#include <utility>

#include "netbsd/constants.h"

namespace farcall::kernel {

constexpr std::size_t kAtomic = NB_PIPE_BUF;

bool ByteChannel::can_write() const { return ring_.space() >= kAtomic || !reader_open(); }

void ByteChannel::changed() {
  waiting_.wake_all();
  if (reader_ != nullptr) reader_->notify();
  if (writer_ != nullptr) writer_->notify();
}

Result<void> ByteChannel::sleep(const Options& options) {
  if (options.nonblocking) return Error{NB_EWOULDBLOCK};
  return waiting_.sleep(options.deadline);
}

Result<void> ByteChannel::wait_to_read(const Options& options) {
  while (reading_) FARCALL_TRY(waiting_.sleep(options.deadline));
  while (reader_open() && (!can_read() || reading_)) FARCALL_TRY(sleep(options));
  return {};
}

// `left`: bytes that the call has yet to write.
Result<void> ByteChannel::wait_to_write(std::size_t needed, std::size_t left,
                                        const Options& options) {
  while (writing_) FARCALL_TRY(waiting_.sleep(options.deadline));
  while (reader_open() && writer_open() && (ring_.space() < needed || writing_)) {
    if (!writing_ && grow_for(left, options)) continue;
    FARCALL_TRY(sleep(options));
  }
  if (!reader_open() || !writer_open()) return Error{NB_EPIPE};
  if (!ring_.prepare()) return Error{NB_ENOBUFS};
  return {};
}

// For a writer that is about to sleep. Without that, a ring's size is what a program may measure.
bool ByteChannel::grow_for(std::size_t left, const Options& options) {
  const bool pays = !options.nonblocking && left >= kCapacity && ring_.capacity() < kGrown;
  return pays && !reading_ && ring_.grow(kGrown);
}

// What is readable now, from `skip` bytes on, in as few copies as the ring's seam allows.
Result<void> ByteChannel::copy_out(Uio& uio, std::size_t skip) {
  reading_ = true;
  Result<void> outcome;
  std::size_t moved = 0;
  while (outcome.ok() && uio.resid() > 0) {
    auto span = ring_.front(uio.resid(), skip + moved);
    if (span.empty()) break;
    std::size_t before = uio.resid();
    outcome = uio.copy_to_user(span);
    moved += before - uio.resid();
  }
  reading_ = false;
  return outcome;
}

Result<std::size_t> ByteChannel::read(Uio& uio, const Options& options) {
  std::size_t total = uio.resid();
  std::size_t kept = 0;  // bytes that a peek leaves in the ring
  Result<void> outcome;
  while (uio.resid() > 0) {
    outcome = wait_to_read(options);
    if (!outcome.ok() || ring_.size() <= kept) break;
    std::size_t before = uio.resid();
    outcome = copy_out(uio, kept);
    std::size_t moved = before - uio.resid();
    if (options.peek) {
      kept += moved;
    } else {
      ring_.consume(moved);
    }
    changed();
    if (!outcome.ok() || !options.wait_all || options.peek) break;
  }
  std::size_t moved = total - uio.resid();
  if (moved == 0 && !outcome.ok()) return outcome.error();
  return moved;
}

Result<void> ByteChannel::copy_in(Uio& uio) {
  writing_ = true;
  Result<void> outcome;
  while (outcome.ok() && uio.resid() > 0 && reader_open()) {
    auto span = ring_.reserve(uio.resid());
    if (span.empty()) break;
    std::size_t before = uio.resid();
    outcome = uio.copy_from_user(span);
    ring_.commit(before - uio.resid());
  }
  writing_ = false;
  return outcome;
}

Result<std::size_t> ByteChannel::write(Uio& uio, const Options& options) {
  std::size_t total = uio.resid();
  Result<void> outcome;
  while (uio.resid() > 0) {
    std::size_t needed = total <= kAtomic ? total : 1;
    outcome = wait_to_write(needed, uio.resid(), options);
    if (!outcome.ok()) break;
    outcome = copy_in(uio);
    changed();
    if (!outcome.ok()) break;
  }
  std::size_t moved = total - uio.resid();
  if (moved == 0 && !outcome.ok()) return outcome.error();
  return moved;
}

void ByteChannel::close_reader() {
  PollSource* closed = std::exchange(reader_, nullptr);
  changed();
  closed->notify();
}

void ByteChannel::close_writer() {
  PollSource* closed = std::exchange(writer_, nullptr);
  changed();
  closed->notify();
}

}  // namespace farcall::kernel
