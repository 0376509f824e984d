// What crosses with a call over a stream: the frame `call` brings what the call reads, its answer
// takes back what the call writes (docs/PROTOCOL.md, section 10).
//
// Data of more than one segment need not be there before the call begins. The thread that executes
// the call may keep the turn to read, and take segment after segment as the kernel asks for them
// (Session::await_data). When the call sleeps, others get the turn, and what comes meanwhile is
// kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "farcall/call_data.h"
#include "farcall/syscall_info.h"
#include "farcall/sysproxy.h"
#include "server/budget.h"
#include "server/call_data.h"
#include "server/data_memory.h"
#include "server/frame_reader.h"

namespace farcall::server {

/// Of one call. What comes is the reading thread's, who has the turn to read; the rest is the
/// executing one's, which looks at what has come only after it was told so.
class StreamData final : private OutputSpace {
 public:
  /// `most`: bytes in each direction.
  StreamData(std::size_t most, Budget& own, Budget& all)
      : most_(most), segment_(own, all), input_(own, all), output_(own, all) {}

  // ---- for who reads

  /// The beginning of a frame `call` has been read: says where the rest goes. False: its length
  /// cannot be.
  [[nodiscard]] bool begin(FrameReader& reader);
  /// A part of it has been read. False: it is malformed.
  [[nodiscard]] bool next(FrameReader& reader);
  /// All of it has been read.
  void end();
  /// Its head has been read, and more than one segment of data is to come: the call may begin.
  [[nodiscard]] bool may_begin() const {
    return part_ == Part::data && came_ == 0 && size_ > kSegment;
  }
  /// The segments that come go one over the other, each when the one before is used up; or all of
  /// them are kept, or none, from the next one on. At first they are kept.
  void take_singly() { keeping_ = Keeping::one; }
  void keep_rest() { keeping_ = Keeping::rest; }
  void drop_rest() { keeping_ = Keeping::none; }
  /// Bytes of the data that have been read.
  [[nodiscard]] std::size_t came() const { return came_; }

  // ---- for who executes

  /// The arguments; slots that were not sent are 0.
  [[nodiscard]] const std::array<std::uint64_t, kMaxSyscallArgs>& arguments() const {
    return arguments_;
  }
  /// Begins the execution of system call `number`.
  CallData& begin_call(std::uint32_t number);
  /// Shows the call what came last. Needs the turn, or that all has come.
  void show();
  /// The answer's body, up to the output's bytes; valid as long as this is.
  std::span<const std::byte> answer_head(sysproxy::SyscallResponse response);

  // How far the session is with it (session_arrival.cc).

  /// The call is shown all that has come, and no more comes. The executing thread's.
  bool is_shown = true;
  /// No more comes. The session's mutex guards it.
  bool is_whole = true;

 private:
  static constexpr std::size_t kSegment = sysproxy::kDataSegment;

  /// What is being read; data: it is to be said where it goes.
  enum class Part { prefix, lists, data, segment, mark };
  enum class Keeping { rest, one, none };

  std::span<std::byte> grow(std::size_t used, std::size_t size) override;
  bool expect_lists(FrameReader& reader);
  bool take_lists(FrameReader& reader);
  void expect_segment(FrameReader& reader);
  void expect_mark(FrameReader& reader);
  void take_mark();
  std::span<std::byte> place(std::size_t size);
  bool put_into(DataMemory& memory, std::size_t size);

  const std::size_t most_;
  Part part_ = Part::prefix;
  Keeping keeping_ = Keeping::rest;
  sysproxy::CallPrefix prefix_{};
  std::array<std::uint64_t, kMaxSyscallArgs> arguments_{};
  std::array<DataExtent, kMaxExtents> extents_{};
  /// Of the frame; later of the answer, its response before them.
  std::array<std::byte, sizeof(arguments_) + sizeof(extents_)> lists_;
  sysproxy::DataMark mark_{};
  std::size_t size_ = 0;         ///< of the data
  std::size_t came_ = 0;         ///< of it, whole segments
  std::size_t reading_ = 0;      ///< bytes of the segment that is being read
  std::size_t there_begin_ = 0;  ///< what of it is there, and counts
  std::size_t there_end_ = 0;
  const std::byte* there_ = nullptr;
  bool ended_early_ = false;  ///< some is bad, or was dropped: nothing behind it counts
  DataMemory segment_;
  DataMemory input_;
  DataMemory output_;
  CallData data_;
};

}  // namespace farcall::server
