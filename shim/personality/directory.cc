// Directories: their entries, and which one is the process's own.
#include "personality/netbsd.h"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "personality/call.h"
#include "personality/descriptor_kind.h"
#include "personality/files.h"

namespace farcall::personality {
namespace {

constexpr size_t kNameOffset = offsetof(netbsd::dirent, d_name);

}  // namespace

Sysret getdents(int kfd, void* buffer, size_t size) {
  return call(NB_SYS_getdents30, kfd, buffer, size);
}

bool next_entry(const void* buffer, size_t size, size_t& offset, DirectoryEntry& entry) {
  if (offset > size || size - offset < kNameOffset) return false;
  const char* at = static_cast<const char*>(buffer) + offset;
  std::uint16_t length = 0;
  std::uint16_t name_length = 0;
  std::memcpy(&length, at + offsetof(netbsd::dirent, d_reclen), sizeof length);
  std::memcpy(&name_length, at + offsetof(netbsd::dirent, d_namlen), sizeof name_length);
  if (length > size - offset || length < kNameOffset + name_length) return false;
  std::memcpy(&entry.inode, at + offsetof(netbsd::dirent, d_fileno), sizeof entry.inode);
  entry.type = static_cast<unsigned char>(at[offsetof(netbsd::dirent, d_type)]);
  entry.name = {at + kNameOffset, name_length};
  offset += length;
  return true;
}

Sysret chdir(const char* path) { return call(NB_SYS_chdir, path); }

Sysret fchdir(int kfd) { return call(NB_SYS_fchdir, kfd); }

Sysret getcwd(std::string& path) {
  constexpr size_t kMost = 1024;  // MAXPATHLEN
  std::array<char, kMost> buffer{};
  const Sysret size = call(NB_SYS___getcwd, buffer.data(), buffer.size());
  if (size < 0) return size;
  path.assign(buffer.data(), strnlen(buffer.data(), buffer.size()));
  return 0;
}

Sysret flock(int kfd, int operation) {
  const Sysret result = call(NB_SYS_flock, kfd, operation);
  if (result >= 0 && (operation & LOCK_UN) == 0) remember_locked(kfd);
  return result;
}

Sysret sync() { return call_with_slots(NB_SYS_sync, nullptr, 0); }

}  // namespace farcall::personality
