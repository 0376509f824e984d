// An open file: what a descriptor refers to, shared by dup and fork. Everything that a descriptor
// can do is one virtual function here; the default answer is the errno that NetBSD gives for a file
// of another kind.
#pragma once

#include <cstddef>
#include <cstdint>

#include "farcall/result.h"
#include "kernel/core/poll.h"
#include "kernel/core/ref.h"
#include "kernel/core/uio.h"
#include "netbsd/layouts.h"

namespace farcall::kernel {

class Socket;

class File : public RefCounted {
 public:
  /// Moves at most uio.resid() bytes and returns how many; 0 is end of file. May sleep unless
  /// nonblocking().
  virtual Result<std::size_t> read(Uio& uio);
  virtual Result<std::size_t> write(Uio& uio);
  /// At an offset of their own (pread, pwrite); NB_ESPIPE where there is none.
  virtual Result<std::size_t> read_at(Uio& uio, std::int64_t offset);
  virtual Result<std::size_t> write_at(Uio& uio, std::int64_t offset);
  virtual Result<std::int64_t> seek(std::int64_t offset, int whence);
  virtual Result<void> truncate(std::int64_t length);
  virtual Result<void> sync();
  virtual Result<netbsd::stat> stat();
  /// `data` is a kernel copy of the command's IOCPARM_LEN(command) bytes, already copied in, and
  /// copied out after success, as the command's direction bits say; nullptr when it has none.
  /// FIONBIO is handled before.
  virtual Result<void> ioctl(unsigned long command, void* data);
  /// Which of `events` (NetBSD's POLL*) hold now; POLLHUP, POLLERR and POLLNVAL are reported
  /// unasked. Never sleeps.
  virtual short poll(short events);
  PollSource& poll_source() { return poll_source_; }
  /// Called when the last descriptor (or message in flight) that refers to the file goes.
  virtual void close() {}
  virtual Socket* as_socket() { return nullptr; }

  /// The status flags that F_SETFL sets and F_GETFL reports with the access mode (NetBSD's O_*).
  int flags = 0;
  [[nodiscard]] bool nonblocking() const;
  [[nodiscard]] bool readable() const;
  [[nodiscard]] bool writable() const;

  /// Descriptors and messages that refer to this file; at 0 close() is called. Only the descriptor
  /// table and local sockets that pass descriptors count here.
  void open_reference() { ++opens_; }
  void close_reference() {
    if (--opens_ == 0) close();
  }

 private:
  PollSource poll_source_;
  std::size_t opens_ = 0;
};

}  // namespace farcall::kernel
