#include "channel_area.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "descriptors.h"
#include "host.h"

namespace farcall::client {
namespace {

/// More in one piece crosses faster by direct memory.
constexpr std::size_t kMostInput = channel::kAreaSize;

}  // namespace

/// While it exists the descriptor keeps its number. A handler that interrupts it and never comes
/// back leaves the mark, until the next use.
class ChannelArea::Use {
 public:
  explicit Use(ChannelArea& area) : area_(area) {
    area_.in_use_.exchange(1);  // a full fence: move_away changes the descriptor, then looks
  }
  ~Use() { area_.in_use_.store(0, std::memory_order_release); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  ChannelArea& area_;
};

class ChannelArea::AreaPeeker final : public Peeker {
 public:
  explicit AreaPeeker(ChannelArea& area) : area_(area) {}
  bool peek(std::uint64_t address, void* into, std::size_t size) override {
    return area_.peek(address, into, size);
  }

 private:
  ChannelArea& area_;
};

void ChannelArea::open(channel::Page* page, int memory) {
  page_ = page;
  memory_ = memory;
  in_use_ = 0;
  input_bytes_ = 0;
}

void ChannelArea::close() {
  if (const int memory = memory_.exchange(-1); memory >= 0) close_own(memory);
}

bool ChannelArea::move_away(int moved) {
  constexpr int kPatience = 1000;
  const int before = memory_.exchange(moved);
  for (int i = 0; in_use_ != 0; ++i) {
    if (i == kPatience) {
      memory_ = before;
      return false;
    }
    host::yield();
  }
  return true;
}

std::uint8_t ChannelArea::bring(const SystemCall& call) {
  CallInput input;
  AreaPeeker peeker(*this);
  input.collect(call, kMostInput, false, peeker);
  input_bytes_ = 0;
  if (input.bytes() == 0) return 0;
  iovec pieces[kMaxExtents];
  const std::size_t count = to_iovecs(input.extents(), pieces);
  const long moved = write(pieces, count);
  if (moved <= 0) return 0;
  input.keep(static_cast<std::size_t>(moved));
  input_bytes_ = input.bytes();
  std::copy(input.extents().begin(), input.extents().end(), page_->input);
  return static_cast<std::uint8_t>(input.extents().size());
}

long ChannelArea::write(const iovec* pieces, std::size_t count) {
  if (host::file_size_limit() < channel::kChannelSize) return -EFBIG;
  const Use use(*this);
  return host::pwritev(memory_, pieces, count, channel::kAreaOffset);
}

bool ChannelArea::take(std::uint32_t extents) {
  if (extents == 0) return true;
  const std::size_t begin = channel::output_begin(input_bytes_);
  DataExtent copy[kMaxExtents];
  iovec pieces[kMaxExtents];
  if (extents > kMaxExtents || begin > channel::kAreaSize) return false;
  std::memcpy(copy, page_->output, extents * sizeof copy[0]);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < extents; ++i) bytes += copy[i].length;
  if (bytes > channel::kAreaSize - begin) return false;
  to_iovecs(std::span(copy).first(extents), pieces);
  const Use use(*this);
  const long moved = host::preadv(memory_, pieces, extents, channel::kAreaOffset + begin);
  if (moved != -EPERM && moved != -ENOSYS) return moved == static_cast<long>(bytes);
  const auto* from = reinterpret_cast<const std::byte*>(page_) + channel::kAreaOffset + begin;
  for (std::size_t i = 0; i < extents; ++i) {
    std::memcpy(pieces[i].iov_base, from, pieces[i].iov_len);
    from += pieces[i].iov_len;
  }
  return true;
}

// The area is free now: its file takes what is there of that memory, and is mapped here.
bool ChannelArea::peek(std::uint64_t address, void* into, std::size_t size) {
  iovec piece{reinterpret_cast<void*>(address), size};
  if (write(&piece, 1) != static_cast<long>(size)) return false;
  std::memcpy(into, reinterpret_cast<const std::byte*>(page_) + channel::kAreaOffset, size);
  return true;
}

}  // namespace farcall::client
