// What crosses with a call over a stream: the frame `call` brings what the call reads, its answer
// takes back what the call writes (docs/PROTOCOL.md, section 10).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "farcall/call_data.h"
#include "farcall/syscall_info.h"
#include "farcall/sysproxy.h"
#include "server/budget.h"
#include "server/call_data.h"
#include "server/frame_reader.h"

namespace farcall::server {

/// Memory for data, of a client's budget and of that of all clients.
class DataMemory {
 public:
  DataMemory(Budget& own, Budget& all) : own_(own), all_(all) {}
  ~DataMemory() { give_back(); }
  DataMemory(const DataMemory&) = delete;
  DataMemory& operator=(const DataMemory&) = delete;

  /// Makes it `size` bytes, the first `used` of which stay. False: a budget has no more.
  [[nodiscard]] bool resize(std::size_t size, std::size_t used);
  [[nodiscard]] std::span<std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  void give_back();

  Budget& own_;
  Budget& all_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

/// Of one call. Until the frame is read it is the reading thread's, then the executing one's.
class StreamData final : private OutputSpace {
 public:
  /// `most`: bytes in each direction.
  StreamData(std::size_t most, Budget& own, Budget& all)
      : most_(most), input_(own, all), output_(own, all) {}

  /// The beginning of a frame `call` has been read: says where the rest goes. False: its length
  /// cannot be.
  [[nodiscard]] bool begin(FrameReader& reader);
  /// A part of it has been read. False: it is malformed.
  [[nodiscard]] bool next(FrameReader& reader);
  /// The arguments; slots that were not sent are 0.
  [[nodiscard]] const std::array<std::uint64_t, kMaxSyscallArgs>& arguments() const {
    return arguments_;
  }

  /// Begins the execution of system call `number`.
  CallData& begin_call(std::uint32_t number);
  /// The answer's body, up to the output's bytes.
  std::vector<std::byte> answer_head(sysproxy::SyscallResponse response) const;

 private:
  enum class Part { prefix, lists, data, trailer };

  std::span<std::byte> grow(std::size_t used, std::size_t size) override;
  bool expect_lists(FrameReader& reader);
  bool expect_data(FrameReader& reader);

  const std::size_t most_;
  Part part_ = Part::prefix;
  sysproxy::CallPrefix prefix_{};
  std::array<std::uint64_t, kMaxSyscallArgs> arguments_{};
  std::array<DataExtent, kMaxExtents> extents_{};
  std::array<std::byte, sizeof(arguments_) + sizeof(extents_)> lists_{};
  sysproxy::CallTrailer trailer_{};
  bool has_input_ = false;
  DataMemory input_;
  DataMemory output_;
  CallData data_;
};

}  // namespace farcall::server
