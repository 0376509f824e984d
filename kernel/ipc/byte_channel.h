// One direction of a pipe or of a connected local stream socket: bytes from a writing end to a
// reading end.
//
// Copying to or from a process gives up the CPU, so each end is busy while it copies; a second
// reader (or writer) waits for the first, and the two ends do not wait for each other.
#pragma once

#include "kernel/core/poll.h"
#include "kernel/core/ref.h"
#include "kernel/core/uio.h"
#include "kernel/ipc/byte_ring.h"

namespace farcall::kernel {

class ByteChannel : public RefCounted {
 public:
  static constexpr std::size_t kCapacity = 65536;
  /// What it grows to for long writes, so that writer and reader need not wait for one another at
  /// each kCapacity bytes.
  static constexpr std::size_t kGrown = 1048576;

  struct Options {
    bool nonblocking = false;
    bool peek = false;      ///< leave what was read
    bool wait_all = false;  ///< come back only when the request is full, or at the end
    Deadline deadline;      ///< NB_EWOULDBLOCK then
  };

  /// `reader` and `writer` are notified until their end is closed.
  ByteChannel(PollSource& reader, PollSource& writer) : reader_(&reader), writer_(&writer) {}

  /// At least one byte, or 0 at the end, which comes when the writing end is closed and all is
  /// read. NB_EWOULDBLOCK, NB_EINTR, NB_EFAULT.
  Result<std::size_t> read(Uio& uio, const Options& options);
  /// All of it, or as much as fits when it may not sleep; up to PIPE_BUF bytes go in one piece or
  /// not at all. NB_EPIPE when the reading end is closed, NB_EWOULDBLOCK, NB_EINTR, NB_EFAULT,
  /// NB_ENOBUFS.
  Result<std::size_t> write(Uio& uio, const Options& options);

  /// Each end once. Who polls or sleeps at either end wakes.
  void close_reader();
  void close_writer();

  [[nodiscard]] std::size_t available() const { return ring_.size(); }
  [[nodiscard]] std::size_t space() const { return ring_.space(); }
  [[nodiscard]] bool reader_open() const { return reader_ != nullptr; }
  [[nodiscard]] bool writer_open() const { return writer_ != nullptr; }
  /// Would read or write not sleep?
  [[nodiscard]] bool can_read() const { return ring_.size() > 0 || !writer_open(); }
  [[nodiscard]] bool can_write() const;

 private:
  Result<void> wait_to_read(const Options& options);
  Result<void> wait_to_write(std::size_t needed, std::size_t left, const Options& options);
  bool grow_for(std::size_t left, const Options& options);
  Result<void> sleep(const Options& options);
  Result<void> copy_out(Uio& uio, std::size_t skip);
  Result<void> copy_in(Uio& uio);
  void changed();

  ByteRing ring_{kCapacity};
  WaitQueue waiting_;
  PollSource* reader_;
  PollSource* writer_;
  bool reading_ = false;
  bool writing_ = false;
};

}  // namespace farcall::kernel
