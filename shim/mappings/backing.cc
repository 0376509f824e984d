#include "backing.h"

#include <algorithm>
#include <cstring>

#include "shared_mappings.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/personality/personality.h"

namespace farcall::shim::mappings {

namespace {

/// The bytes of a page that differ: nothing when first == last.
struct Difference {
  size_t first;
  size_t last;
};

Difference difference(const char* one, const char* other, size_t size) {
  if (std::memcmp(one, other, size) == 0) return {0, 0};
  const auto first = static_cast<size_t>(std::mismatch(one, one + size, other).first - one);
  size_t last = size;
  while (one[last - 1] == other[last - 1] && last > first + 1) --last;
  return {first, last};
}

/// NULL for want of memory. MAP_SHARED: with children.
void* new_pages(size_t size, int sharing) {
  const long address =
      host::raw(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0L);
  return is_error(address) ? nullptr : reinterpret_cast<void*>(address);
}

static_assert(sizeof(Backing) <= kPageSize);

}  // namespace

Backing* make_backing(FileCopy& copy, int kfd, off_t offset) {
  auto* const backing = static_cast<Backing*>(new_pages(kPageSize, MAP_PRIVATE));
  if (backing == nullptr) return nullptr;
  *backing = {kfd, copy.file(), offset, copy.size(), nullptr, nullptr, 0};
  if (copy.size() == 0) return backing;
  backing->in_file = static_cast<char*>(new_pages(copy.size(), MAP_SHARED));
  if (backing->in_file == nullptr) {
    host::raw(SYS_munmap, backing, kPageSize);
    return nullptr;
  }
  backing->memory = copy.release_memory();
  std::memcpy(backing->in_file, backing->memory, backing->size);
  return backing;
}

long Backing::write_back(size_t from, size_t to) {
  const size_t end = std::min(to, size);
  size_t run_from = 0;
  size_t run_to = 0;
  long result = 0;
  for (size_t page = from; page < end; page += kPageSize) {
    const Difference found =
        difference(memory + page, in_file + page, std::min(kPageSize, end - page));
    if (found.first == found.last) continue;
    if (run_to != page + found.first) {
      result = std::min(result, write_run(run_from, run_to));
      run_from = page + found.first;
    }
    run_to = page + found.last;
  }
  return std::min(result, write_run(run_from, run_to));
}

/// From the copy that is kept: the program may write on meanwhile, and that must differ the next
/// time. And when a child does the same, whoever comes last writes what both have copied.
long Backing::write_run(size_t from, size_t to) {
  if (from < to) std::memcpy(in_file + from, memory + from, to - from);
  while (from < to) {
    const long put =
        personality::pwrite(kfd, in_file + from, to - from, offset + static_cast<off_t>(from));
    if (put == -EINTR) continue;
    if (put <= 0) return -EIO;
    from += static_cast<size_t>(put);
  }
  return 0;
}

void Backing::refresh(off_t position, size_t count) {
  const off_t first = std::max(position, offset);
  const off_t last =
      std::min(position + static_cast<off_t>(count), offset + static_cast<off_t>(size));
  if (first >= last) return;
  const auto from = static_cast<size_t>(first - offset);
  const long got = personality::pread(kfd, memory + from, static_cast<size_t>(last - first), first);
  if (!is_error(got)) std::memcpy(in_file + from, memory + from, static_cast<size_t>(got));
}

void Backing::truncate(off_t length) {
  const off_t kept = std::max<off_t>(length - offset, 0);
  const auto from = static_cast<size_t>(std::min(kept, static_cast<off_t>(size)));
  if (from == size) return;
  std::memset(memory + from, 0, size - from);
  std::memset(in_file + from, 0, size - from);
}

void Backing::destroy() {
  personality::close(kfd);
  if (memory != nullptr) {
    host::raw(SYS_munmap, memory, round_to_page(size));
    host::raw(SYS_munmap, in_file, round_to_page(size));
  }
  host::raw(SYS_munmap, this, kPageSize);
}

}  // namespace farcall::shim::mappings
