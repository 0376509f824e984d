// lwIP's memory. A segment between sockets of this machine takes 16 KiB, twice. The host's malloc
// gives memory of that size back to its kernel as it is freed, and each page of it costs a fault
// when it is taken again; so blocks for these segments are kept.
#include <array>
#include <cstddef>
#include <cstring>
#include <new>

#include "kernel/net/lwip.h"
#include "rump/rumpuser.h"

namespace {

/// For a segment of 16 KiB with its headers.
constexpr std::size_t kSegment = std::size_t{17} << 10;
/// Shorter blocks are not rounded up to that.
constexpr std::size_t kLeast = kSegment / 2;
/// What a connection's reader has before it, and one more on its way.
constexpr std::size_t kMostKept = 96;

/// Before each block.
struct alignas(std::max_align_t) Header {
  std::size_t size;
};

struct {
  std::array<Header*, kMostKept> blocks;
  std::size_t count = 0;
} kept;

Header* take(std::size_t size) {
  if (size == kSegment && kept.count > 0) return kept.blocks[--kept.count];
  void* memory = nullptr;
  if (rumpuser_malloc(sizeof(Header) + size, alignof(Header), &memory) != 0) return nullptr;
  return new (memory) Header{size};
}

void give_back(Header* block) {
  if (block->size == kSegment && kept.count < kMostKept) {
    kept.blocks[kept.count++] = block;
  } else {
    rumpuser_free(block, sizeof(Header) + block->size);
  }
}

}  // namespace

FARCALL_REPLACES_LWIP void* mem_malloc(mem_size_t size) {
  const bool is_segment = size >= kLeast && size <= kSegment;
  Header* const block = take(is_segment ? kSegment : size);
  return block == nullptr ? nullptr : block + 1;
}

FARCALL_REPLACES_LWIP void* mem_calloc(mem_size_t count, mem_size_t size) {
  mem_size_t bytes;
  void* const memory = __builtin_mul_overflow(count, size, &bytes) ? nullptr : mem_malloc(bytes);
  return memory == nullptr ? nullptr : std::memset(memory, 0, bytes);
}

FARCALL_REPLACES_LWIP void mem_free(void* memory) {
  if (memory != nullptr) give_back(static_cast<Header*>(memory) - 1);
}
