// Memory allocation.
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "errors.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace {

constexpr int kPageBits = 12;
constexpr int kMaxAlignmentBits = 40;

char* map_anonymous(void* preferred, std::size_t size, int protection) {
  void* memory = ::mmap(preferred, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

bool aligned(const char* address, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(address) % alignment == 0;
}

/// Maps more than asked for and gives back what lies outside of the aligned part.
char* map_aligned(std::size_t size, std::size_t alignment, int protection) {
  char* const whole = map_anonymous(nullptr, size + alignment, protection);
  if (whole == nullptr) return nullptr;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(whole) & (alignment - 1);
  if (before > 0) ::munmap(whole, before);
  ::munmap(whole + before + size, alignment - before);
  return whole + before;
}

}  // namespace

int rumpuser_malloc(size_t size, int alignment, void** memory) {
  const auto wanted = static_cast<std::size_t>(alignment);
  if (alignment < 0 || (alignment > 0 && !std::has_single_bit(wanted))) return NB_EINVAL;
  if (wanted <= alignof(std::max_align_t)) {
    *memory = std::malloc(size);
    return *memory == nullptr ? NB_ENOMEM : 0;
  }
  return farcall::hypercall::netbsd_errno(::posix_memalign(memory, wanted, size));
}

void rumpuser_free(void* memory, size_t) { std::free(memory); }

int rumpuser_anonmmap(void* preferred, size_t size, int alignbits, int executable, void** memory) {
  if (size == 0 || alignbits < 0 || alignbits > kMaxAlignmentBits) return NB_EINVAL;
  const std::size_t alignment = std::size_t{1} << std::max(alignbits, kPageBits);
  const std::size_t whole_pages = (size + (std::size_t{1} << kPageBits) - 1) >> kPageBits
                                                                                    << kPageBits;
  if (whole_pages < size || whole_pages + alignment < whole_pages) return NB_ENOMEM;
  const int protection = PROT_READ | PROT_WRITE | (executable != 0 ? PROT_EXEC : 0);

  char* mapped = map_anonymous(preferred, whole_pages, protection);
  if (mapped != nullptr && !aligned(mapped, alignment)) {
    ::munmap(mapped, whole_pages);
    mapped = map_aligned(whole_pages, alignment, protection);
  }
  if (mapped == nullptr) return farcall::hypercall::netbsd_errno(errno);
  *memory = mapped;
  return 0;
}

void rumpuser_unmap(void* memory, size_t size) { ::munmap(memory, size); }

int rumpuser_sync_icache(void* code, uint64_t size) {
  char* const begin = static_cast<char*>(code);
  __builtin___clear_cache(begin, begin + size);
  return 0;
}
