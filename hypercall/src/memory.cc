// Memory allocation.
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "farcall/host_numbers.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

using farcall::errno_to_netbsd;

namespace {

constexpr std::size_t kPage = 4096;
constexpr int kMaxAlignmentBits = 40;

/// Maps more than asked for, as far as pages are not aligned enough, and gives back what lies
/// outside of the aligned part. Null on failure.
char* map_aligned(void* preferred, std::size_t size, std::size_t alignment, int protection) {
  const std::size_t more = alignment - kPage;
  void* const mapped =
      ::mmap(preferred, size + more, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* const whole = static_cast<char*>(mapped);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(whole) & (alignment - 1);
  if (before > 0) ::munmap(whole, before);
  if (before < more) ::munmap(whole + before + size, more - before);
  return whole + before;
}

}  // namespace

int rumpuser_malloc(size_t size, int alignment, void** memory) {
  if (alignment < 0) return NB_EINVAL;
  const std::size_t at_least = std::max(static_cast<std::size_t>(alignment), sizeof(void*));
  return errno_to_netbsd(::posix_memalign(memory, at_least, size));
}

void rumpuser_free(void* memory, size_t) { std::free(memory); }

int rumpuser_anonmmap(void* preferred, size_t size, int alignbits, int executable, void** memory) {
  if (size == 0 || alignbits < 0 || alignbits > kMaxAlignmentBits) return NB_EINVAL;
  const std::size_t alignment = std::max(std::size_t{1} << alignbits, kPage);
  const std::size_t whole_pages = (size + kPage - 1) / kPage * kPage;
  if (whole_pages < size || whole_pages + alignment < whole_pages) return NB_ENOMEM;
  const int protection = PROT_READ | PROT_WRITE | (executable != 0 ? PROT_EXEC : 0);
  char* const mapped = map_aligned(preferred, whole_pages, alignment, protection);
  if (mapped == nullptr) return errno_to_netbsd(errno);
  *memory = mapped;
  return 0;
}

void rumpuser_unmap(void* memory, size_t size) { ::munmap(memory, size); }

int rumpuser_sync_icache(void* code, uint64_t size) {
  char* const begin = static_cast<char*>(code);
  __builtin___clear_cache(begin, begin + size);
  return 0;
}
