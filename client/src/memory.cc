#include "memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host.h"

namespace farcall::client {
namespace {

constexpr std::size_t kPage = 4096;

void* pointer(std::uint64_t address) { return reinterpret_cast<void*>(address); }
bool is_forbidden(long result) { return result == -EPERM || result == -ENOSYS; }

}  // namespace

void ProgramMemory::use_this_process() { pid_ = static_cast<pid_t>(host::getpid()); }

bool ProgramMemory::read(std::uint64_t address, void* into, std::size_t size) {
  if (size == 0) return true;
  if (!forbidden_) {
    const iovec local{into, size};
    const iovec remote{pointer(address), size};
    const long copied = host::process_read(pid_, &local, &remote);
    if (!is_forbidden(copied)) return copied == static_cast<long>(size);
    forbidden_ = true;
  }
  std::memcpy(into, pointer(address), size);
  return true;
}

bool ProgramMemory::write(std::uint64_t address, const void* from, std::size_t size) {
  if (size == 0) return true;
  if (!forbidden_) {
    const iovec local{const_cast<void*>(from), size};
    const iovec remote{pointer(address), size};
    const long copied = host::process_write(pid_, &local, &remote);
    if (!is_forbidden(copied)) return copied == static_cast<long>(size);
    forbidden_ = true;
  }
  std::memcpy(pointer(address), from, size);
  return true;
}

ssize_t ProgramMemory::read_string(std::uint64_t address, char* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    // A piece never crosses a page: the string may end just before one that is not mapped.
    const std::size_t to_page_end = kPage - (address + done) % kPage;
    const std::size_t piece = std::min(size - done, to_page_end);
    if (!read(address + done, into + done, piece)) return -1;
    if (const void* nul = std::memchr(into + done, '\0', piece); nul != nullptr) {
      return static_cast<const char*>(nul) - into + 1;
    }
    done += piece;
  }
  return static_cast<ssize_t>(done);
}

}  // namespace farcall::client
