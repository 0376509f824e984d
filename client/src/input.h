// What arrives on a connection, cut into frames. The state is complete between any two receives, so
// that a thread can stop in the middle of a frame and another go on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "farcall/sysproxy.h"
#include "memory.h"
#include "targets.h"

namespace farcall::client {

/// Who is told what arrived. Called by the thread that reads, with signals blocked and without
/// locks.
class FrameSink {
 public:
  /// Any frame but a copyout, and of the answer to a `call` what is no output. `body` is valid
  /// during the call. False: it makes no sense, give the connection up.
  virtual bool on_frame(const sysproxy::FrameHeader& header, std::span<const std::byte> body) = 0;
  /// False: the answer to a `call` has come of which nobody wants the output any more.
  virtual bool wants_output(std::uint64_t request) = 0;
  /// A copyout frame, or output, hit a bad address; `request` is the frame's number. Its data is
  /// dropped.
  virtual void on_copyout_fault(std::uint64_t request) = 0;

 protected:
  ~FrameSink() = default;
};

/// One thread at a time. Takes no memory from the heap.
class Input {
 public:
  enum class Status { more, would_block, ended };

  explicit constexpr Input(ProgramMemory& memory) : memory_(memory) {}

  /// One receive from `fd` (with MSG_DONTWAIT in `flags`, or waiting for at least a byte), and
  /// everything that follows from it. Data of a copyout, and output, goes straight into the
  /// program's memory.
  /// ended: the other side closed, or sent something that is not sysproxy.
  Status receive(int fd, int flags, FrameSink& sink);
  /// True when no frame is half read.
  [[nodiscard]] bool at_boundary() const { return end_ == 0 && targets_.left() == 0; }
  /// For a new connection.
  void reset();

 private:
  [[nodiscard]] std::size_t available() const { return end_ - begin_; }
  long receive_some(int fd, int flags);
  bool parse(FrameSink& sink);
  enum class Step { again, incomplete, bad };
  Step parse_one(FrameSink& sink);
  Step begin_copyout(const sysproxy::FrameHeader& header, FrameSink& sink);
  Step begin_output(const sysproxy::FrameHeader& header, FrameSink& sink);
  bool scatter_what_is_here(FrameSink& sink);
  bool account(std::size_t received, FrameSink& sink);
  bool finish_output(FrameSink& sink);

  ProgramMemory& memory_;
  std::array<std::byte, 16384> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Targets targets_;  ///< of what follows
  std::uint64_t targets_request_ = 0;
  bool drop_ = false;
  bool is_output_ = false;  ///< then this is the rest of the answer, for its end:
  sysproxy::FrameHeader answer_{};
  sysproxy::SyscallResponse response_{};
};

}  // namespace farcall::client
