#include "table.h"

#include <sys/mman.h>

#include "shim/host/errno.h"
#include "shim/host/raw.h"

namespace farcall::shim {

bool DescriptorMap::set(int index, std::int32_t value) {
  const unsigned number = static_cast<unsigned>(index);
  if (number >= kChunks * kChunkSize) return false;
  std::atomic<Chunk*>& slot = chunks_[number >> kChunkBits];
  Chunk* chunk = slot.load(std::memory_order_relaxed);
  if (chunk == nullptr) {
    if (value == 0) return true;
    // mmap, not new: this runs inside close() and dup(), which signal handlers may call.
    const long address = host::raw(SYS_mmap, nullptr, sizeof(Chunk), PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
    if (is_error(address)) return false;
    chunk = reinterpret_cast<Chunk*>(address);
    slot.store(chunk, std::memory_order_release);
  }
  (*chunk)[number & (kChunkSize - 1)].store(value, std::memory_order_release);
  return true;
}

bool DescriptorTable::add(int fd, int kfd) {
  if (!counts_.set(kfd, counts_.get(kfd) + 1)) return false;
  if (!mark(fd, kfd + 1)) {
    static_cast<void>(counts_.set(kfd, counts_.get(kfd) - 1));
    return false;
  }
  count_.fetch_add(1, std::memory_order_acq_rel);
  return true;
}

bool DescriptorTable::mark(int fd, std::int32_t entry) {
  if (!names_.set(fd, entry)) return false;
  if (fd > highest()) highest_.store(fd, std::memory_order_release);
  return true;
}

int DescriptorTable::remove(int fd) {
  const int kfd = kernel_fd(fd);
  static_cast<void>(names_.set(fd, 0));
  if (kfd == kHost) return kHost;
  count_.fetch_sub(1, std::memory_order_acq_rel);
  const int left = counts_.get(kfd) - 1;
  static_cast<void>(counts_.set(kfd, left));
  return left == 0 ? kfd : kHost;
}

}  // namespace farcall::shim
