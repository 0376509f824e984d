// Which host descriptor stands for which kernel descriptor: the data structure alone, without any
// system call on descriptors.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace farcall::shim {

/// An array of atomic int32, zero at first, indexed by descriptor numbers up to 2^30, in chunks
/// that come with their first use. Reads take no lock and never allocate. Memory is never given
/// back.
class DescriptorMap {
 public:
  static constexpr unsigned kChunkBits = 16;
  static constexpr unsigned kChunkSize = 1U << kChunkBits;
  static constexpr unsigned kChunks = 1U << (30 - kChunkBits);

  /// 0 for a number out of range, too.
  [[nodiscard]] std::int32_t get(int index) const {
    const unsigned number = static_cast<unsigned>(index);
    if (number >= kChunks * kChunkSize) [[unlikely]]
      return 0;
    const Chunk* chunk = chunks_[number >> kChunkBits].load(std::memory_order_acquire);
    if (chunk == nullptr) return 0;
    return (*chunk)[number & (kChunkSize - 1)].load(std::memory_order_acquire);
  }

  /// False when the number is out of range or there is no memory. The caller excludes other
  /// writers.
  [[nodiscard]] bool set(int index, std::int32_t value);

 private:
  using Chunk = std::array<std::atomic<std::int32_t>, kChunkSize>;
  std::array<std::atomic<Chunk*>, kChunks> chunks_{};
};

/// The table and the count of names that each kernel descriptor has. Reads take no lock; writers
/// exclude each other by a lock of the caller.
class DescriptorTable {
 public:
  static constexpr int kHost = -1;

  /// The kernel descriptor that `fd` stands for, or kHost.
  [[nodiscard]] int kernel_fd(int fd) const {
    const std::int32_t entry = names_.get(fd);
    return entry > 0 ? entry - 1 : kHost;
  }
  /// True for a host descriptor whose closing somebody wants to hear of (an epoll instance with
  /// kernel members).
  [[nodiscard]] bool is_watched(int fd) const { return names_.get(fd) == kWatched; }
  /// True for a host descriptor of this library's own.
  [[nodiscard]] bool is_internal(int fd) const { return names_.get(fd) == kInternal; }

  /// True while any descriptor is the kernel's.
  [[nodiscard]] bool any() const { return count_.load(std::memory_order_acquire) != 0; }
  /// No descriptor above this one is the kernel's or watched. -1: none is.
  [[nodiscard]] int highest() const { return highest_.load(std::memory_order_acquire); }
  /// How many host descriptors stand for `kfd`.
  [[nodiscard]] int names_of(int kfd) const { return counts_.get(kfd); }

  /// `fd`, a host descriptor until now, stands for `kfd`. False: no memory.
  [[nodiscard]] bool add(int fd, int kfd);
  /// `fd` is the host's again. Returns the kernel descriptor that has lost its last name thereby,
  /// or kHost.
  int remove(int fd);
  [[nodiscard]] bool watch(int fd) { return mark(fd, kWatched); }
  [[nodiscard]] bool add_internal(int fd) { return mark(fd, kInternal); }

 private:
  static constexpr std::int32_t kWatched = -1;
  static constexpr std::int32_t kInternal = -2;

  bool mark(int fd, std::int32_t entry);

  DescriptorMap names_;   // host descriptor -> kernel descriptor + 1, 0, kWatched or kInternal
  DescriptorMap counts_;  // kernel descriptor -> number of host descriptors
  std::atomic<int> count_{0};
  std::atomic<int> highest_{-1};  // grows only
};

}  // namespace farcall::shim
