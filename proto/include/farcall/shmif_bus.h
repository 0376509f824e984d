// The Ethernet bus of NetBSD's shmif(4): a ring of frames in a file that several kernels map.
//
// The layout is NetBSD's (version 3). Behind the header lie kBusData bytes, which are written round
// and round; a frame, with a header of its own, goes on at the start where the end cuts it. `last`
// is where the newest frame begins, `first` where the oldest does that is still whole (kBusData
// until the ring is full), `generation` counts the rounds.
//
// Whoever may open the file may change any byte of it at any time, lock or no lock. So every word
// is read once, into memory of one's own, and checked there.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace farcall {

inline constexpr std::uint32_t kBusMagic = 0xca11d054;
inline constexpr std::uint32_t kBusVersion = 3;
inline constexpr std::size_t kBusSize = std::size_t{1} << 20;
inline constexpr std::uint32_t kBusMaxFrame = 1514;  ///< an Ethernet frame without its checksum

struct BusHeader {
  std::uint32_t magic;    ///< 0: nobody has used it yet
  std::uint32_t version;  ///< rewritten through the file, so that those who watch that wake up
  std::uint64_t generation;
  std::uint32_t first;
  std::uint32_t last;
  std::uint32_t lock;  ///< 1: held
  std::uint32_t spare;
};
static_assert(sizeof(BusHeader) == 32 && offsetof(BusHeader, lock) == 24);

inline constexpr std::uint32_t kBusData = kBusSize - sizeof(BusHeader);

struct BusFrameHeader {
  std::uint32_t length;
  std::uint32_t seconds;  ///< since its sender's start
  std::uint32_t microseconds;
  std::uint32_t spare;
  std::uint64_t sender;  ///< a random number of that interface's
};
static_assert(sizeof(BusFrameHeader) == 24 && offsetof(BusFrameHeader, sender) == 16);

/// A mapped bus. All but the lock itself wants the lock held. Positions count the bytes that were
/// ever written to the ring.
class Bus {
 public:
  /// `memory`: kBusSize bytes, which stay mapped.
  explicit Bus(void* memory)
      : header_(static_cast<BusHeader*>(memory)),
        data_(static_cast<std::byte*>(memory) + sizeof(BusHeader)) {}

  /// False: somebody else has it. Does not wait.
  bool try_lock() { return std::atomic_ref(header_->lock).exchange(1) == 0; }
  void unlock() { std::atomic_ref(header_->lock).store(0); }

  /// Makes an empty bus of a file of zeros. False: it is something else.
  bool initialize() {
    const std::uint32_t magic = load(header_->magic);
    if (magic != 0) return magic == kBusMagic;
    store(header_->magic, kBusMagic);
    store(header_->first, kBusData);
    return true;
  }

  struct Extent {
    std::uint64_t oldest;  ///< the first frame that is still there
    std::uint64_t end;     ///< where the next one will be
  };
  /// None: what the bus says of itself cannot be.
  [[nodiscard]] std::optional<Extent> extent() const {
    const std::uint64_t generation = load(header_->generation);
    const std::uint32_t first = load(header_->first), last = load(header_->last);
    if (load(header_->magic) != kBusMagic || generation > kMaxGeneration) return std::nullopt;
    if (first > kBusData || last >= kBusData) return std::nullopt;
    const std::uint32_t length = frame_header(last).length;
    if (length > kBusMaxFrame) return std::nullopt;
    const auto next =
        static_cast<std::uint32_t>((last + sizeof(BusFrameHeader) + length) % kBusData);
    const std::uint64_t end = generation * kBusData + next;
    if (generation == 0)
      return first == kBusData ? std::optional(Extent{kFirstFrame, end}) : std::nullopt;
    const std::uint32_t oldest = first % kBusData;
    return Extent{(oldest < next ? generation : generation - 1) * kBusData + oldest, end};
  }

  /// Appends a frame of at most kBusMaxFrame bytes; the oldest ones make room. False: the bus is
  /// broken.
  bool write(const BusFrameHeader& frame_header, const void* frame) {
    const auto was = extent();
    if (!was) return false;
    const std::uint64_t begin = was->end;
    const std::uint64_t end = begin + sizeof frame_header + frame_header.length;
    if (end >= kBusData) store(header_->first, place(oldest_after(*was, end)));
    copy_in(begin, &frame_header, sizeof frame_header);
    copy_in(begin + sizeof frame_header, frame, frame_header.length);
    store(header_->last, place(begin));
    store(header_->generation, end / kBusData);
    return true;
  }

  enum class Read { frame, nothing, broken };
  /// Reads the frame at `position`, or the oldest there is, and moves the position behind it.
  /// `frame`: kBusMaxFrame bytes. Where nothing is, and on a broken bus, the position is the end.
  Read read(std::uint64_t& position, BusFrameHeader& header, std::byte* frame) const {
    const auto now = extent();
    if (!now) return Read::broken;
    const std::uint64_t at = std::clamp(position, std::min(now->oldest, now->end), now->end);
    position = now->end;
    if (at == now->end) return Read::nothing;
    header = frame_header(place(at));
    if (header.length > kBusMaxFrame || now->end - at < sizeof header + header.length) {
      return Read::broken;
    }
    copy_out(at + sizeof header, frame, header.length);
    position = at + sizeof header + header.length;
    return Read::frame;
  }

 private:
  static constexpr std::uint64_t kMaxGeneration = std::uint64_t{1} << 40;
  static constexpr std::uint64_t kFirstFrame = sizeof(BusFrameHeader);  ///< behind an empty one

  template <class T>
  static T load(T& word) {
    return std::atomic_ref(word).load(std::memory_order_relaxed);
  }
  template <class T>
  static void store(T& word, std::uint64_t value) {
    std::atomic_ref(word).store(static_cast<T>(value), std::memory_order_relaxed);
  }
  static std::uint32_t place(std::uint64_t position) {
    return static_cast<std::uint32_t>(position % kBusData);
  }

  [[nodiscard]] BusFrameHeader frame_header(std::uint64_t position) const {
    BusFrameHeader header;
    copy_out(position, &header, sizeof header);
    return header;
  }

  /// The oldest frame of `was` that a write up to `end` leaves whole.
  [[nodiscard]] std::uint64_t oldest_after(const Extent& was, std::uint64_t end) const {
    std::uint64_t oldest = was.oldest;
    while (oldest + kBusData < end) {
      const std::uint32_t length = frame_header(oldest).length;
      oldest += sizeof(BusFrameHeader) + length;
      if (length > kBusMaxFrame || oldest > was.end) return was.end;
    }
    return oldest;
  }

  void copy_in(std::uint64_t position, const void* from, std::size_t size) {
    const std::size_t before = std::min<std::size_t>(size, kBusData - place(position));
    std::memcpy(data_ + place(position), from, before);
    std::memcpy(data_, static_cast<const std::byte*>(from) + before, size - before);
  }
  /// The compiler must not look again at what was copied.
  void copy_out(std::uint64_t position, void* to, std::size_t size) const {
    const std::size_t before = std::min<std::size_t>(size, kBusData - place(position));
    std::memcpy(to, data_ + place(position), before);
    std::memcpy(static_cast<std::byte*>(to) + before, data_, size - before);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  BusHeader* header_;
  std::byte* data_;
};

}  // namespace farcall
