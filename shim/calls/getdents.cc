// getdents64(2): NetBSD's entries as Linux's.
#include <dirent.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/files.h"

namespace farcall::shim::calls {

namespace {

constexpr size_t kSmallest = 1024;  // of what the kernel's file systems take
constexpr size_t kLargest = 8192;
constexpr size_t kAlignment = 8;

size_t linux_length(const personality::DirectoryEntry& entry) {
  const size_t bare = offsetof(dirent64, d_name) + entry.name.size() + 1;
  return (bare + kAlignment - 1) & ~(kAlignment - 1);
}

void put(char* at, const personality::DirectoryEntry& entry, off64_t position) {
  dirent64 head{};
  head.d_ino = entry.inode;
  head.d_off = position;
  head.d_reclen = static_cast<unsigned short>(linux_length(entry));
  head.d_type = entry.type;
  std::memcpy(at, &head, offsetof(dirent64, d_name));
  entry.name.copy(at + offsetof(dirent64, d_name), entry.name.size());
  at[offsetof(dirent64, d_name) + entry.name.size()] = '\0';
}

/// What is in one block of the kernel's, which is no longer than `room`: -errno, 0 at the end.
/// `used` stays 0 when all of it is entries that were removed.
long translate_block(int kfd, char* to, size_t room, size_t& used) {
  alignas(kAlignment) std::array<char, kLargest> from;
  const long got = personality::getdents(kfd, from.data(), room);
  if (got <= 0) return got;
  const long position = personality::lseek(kfd, 0, SEEK_CUR);
  size_t offset = 0;
  personality::DirectoryEntry entry{};
  while (personality::next_entry(from.data(), static_cast<size_t>(got), offset, entry)) {
    if (entry.inode == 0) continue;
    put(to + used, entry, position);
    used += linux_length(entry);
  }
  return got;
}

/// Linux's entries take up to half as much again as NetBSD's, so two thirds of them fit.
long translate(int kfd, char* to, size_t size) {
  const size_t room = std::min(size / 3 * 2, kLargest) & ~(kSmallest / 2 - 1);
  if (room < kSmallest) return -EINVAL;
  size_t used = 0;
  long got = 0;
  do {
    got = translate_block(kfd, to, room, used);
  } while (got > 0 && used == 0);
  return got > 0 ? static_cast<long>(used) : got;
}

}  // namespace

long getdents64(int fd, void* buffer, size_t size) {
  return route(
      fd,
      [&](int kfd) -> long {
        if (buffer == nullptr) return -EFAULT;
        return translate(kfd, static_cast<char*>(buffer), size);
      },
      [&] { return host::raw(SYS_getdents64, fd, buffer, size); });
}

}  // namespace farcall::shim::calls
