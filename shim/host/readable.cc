#include "readable.h"

#include <elf.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>

#include "raw.h"

/// Where the first thread's stack ends; ld.so's.
extern "C" void* __libc_stack_end;

namespace farcall::shim::host {

namespace {

constexpr std::uintptr_t kPage = 4096;

std::uintptr_t number(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

std::size_t rest_of_page(std::uintptr_t address) { return kPage - address % kPage; }

/// The host looks at a signal set before it sees that there is no such way to change the mask. The
/// page's last word, since a set at 0 is none.
bool host_can_read(std::uintptr_t address) {
  constexpr int kNoWay = -1;
  constexpr std::size_t kSetSize = 8;
  const std::uintptr_t word = (address & ~(kPage - 1)) + kPage - kSetSize;
  return raw(SYS_rt_sigprocmask, kNoWay, word, nullptr, kSetSize) != -EFAULT;
}

/// Between the caller and the end of its stack. A thread's ends below its thread pointer.
bool is_on_stack(std::uintptr_t address) {
  const std::uintptr_t here = number(__builtin_frame_address(0));
  const std::uintptr_t thread = number(__builtin_thread_pointer());
  const std::uintptr_t end = here < thread ? thread : number(__libc_stack_end);
  return address >= here && address < end;
}

/// The end of the file that the kernel started, behind which the heap lies.
std::uintptr_t image_end() {
  const auto* headers = reinterpret_cast<const Elf64_Phdr*>(getauxval(AT_PHDR));
  const std::size_t count = getauxval(AT_PHNUM);
  std::uintptr_t base = 0;
  std::uintptr_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (headers[i].p_type == PT_PHDR) base = number(headers) - headers[i].p_vaddr;
    if (headers[i].p_type == PT_LOAD) end = std::max(end, headers[i].p_vaddr + headers[i].p_memsz);
  }
  return base + end;
}

/// What was found of the heap, which has no gap from there up to the break.
constinit std::atomic<std::uintptr_t> heap_from{UINTPTR_MAX};

bool is_in_heap(std::uintptr_t address) {
  return address >= heap_from.load(std::memory_order_relaxed) && address < number(sbrk(0));
}

/// `address` can be read.
void note_heap(std::uintptr_t address) {
  if (address >= number(sbrk(0)) || address < image_end()) return;
  std::uintptr_t seen = heap_from.load(std::memory_order_relaxed);
  while (address < seen && !heap_from.compare_exchange_weak(seen, address & ~(kPage - 1))) continue;
}

bool can_read_page(std::uintptr_t address) {
  if (is_on_stack(address) || is_in_heap(address)) return true;
  if (!host_can_read(address)) return false;
  note_heap(address);
  return true;
}

}  // namespace

bool can_read(const void* address, std::size_t size) {
  for (std::uintptr_t at = number(address); size != 0;) {
    if (!can_read_page(at)) return false;
    const std::size_t part = std::min(size, rest_of_page(at));
    at += part;
    size -= part;
  }
  return true;
}

bool can_read_string(const char* text) {
  for (std::size_t done = 0; done < PATH_MAX;) {
    const std::uintptr_t at = number(text) + done;
    if (!can_read_page(at)) return false;
    const std::size_t part = rest_of_page(at);
    if (memchr(text + done, '\0', part) != nullptr) return true;
    done += part;
  }
  return true;
}

}  // namespace farcall::shim::host
