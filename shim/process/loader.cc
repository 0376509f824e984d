#include "loader.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstring>

#include "farcall/raw_syscall.h"

namespace farcall::shim::process {

namespace {

constexpr std::uint32_t kNetworkCapabilities =
    1U << CAP_NET_BIND_SERVICE | 1U << CAP_NET_BROADCAST | 1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW;
constexpr std::size_t kMostSegments = 64;

bool changes_identity(const struct stat& file) {
  const bool as_owner =
      (file.st_mode & S_ISUID) != 0 && file.st_uid != static_cast<uid_t>(raw_syscall(SYS_geteuid));
  const bool as_group = (file.st_mode & S_ISGID) != 0 && (file.st_mode & S_IXGRP) != 0 &&
                        file.st_gid != static_cast<gid_t>(raw_syscall(SYS_getegid));
  return as_owner || as_group;
}

/// Capabilities say nothing new to the superuser.
bool has_capabilities(int fd, GiveUp give_up) {
  if (raw_syscall(SYS_getuid) == 0) return false;
  vfs_ns_cap_data data = {};
  const long size = raw_syscall(SYS_fgetxattr, fd, "security.capability", &data, sizeof data);
  if (size < static_cast<long>(XATTR_CAPS_SZ_2)) return false;
  const bool network_only =
      (data.data[0].permitted & ~kNetworkCapabilities) == 0 && data.data[1].permitted == 0;
  return give_up == GiveUp::all || network_only;
}

bool gives_up_something(int fd, GiveUp give_up) {
  struct stat file;
  if (raw_syscall(SYS_fstat, fd, &file) != 0 || !S_ISREG(file.st_mode)) return false;
  // Nothing else of such a file may be given up when its identity may not.
  if (changes_identity(file)) return give_up == GiveUp::all;
  return has_capabilities(fd, give_up);
}

bool read_at(int fd, void* data, std::size_t size, std::uint64_t offset) {
  return raw_syscall(SYS_pread64, fd, data, size, offset) == static_cast<long>(size);
}

void read_interpreter(int fd, LoaderPath& loader) {
  Elf64_Ehdr header;
  if (!read_at(fd, &header, sizeof header, 0)) return;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phnum > kMostSegments) return;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!read_at(fd, &segment, sizeof segment, header.e_phoff + i * sizeof segment)) return;
    if (segment.p_type != PT_INTERP) continue;
    if (segment.p_filesz >= loader.name.size()) return;
    // A name that was not read whole is none.
    if (!read_at(fd, loader.name.data(), segment.p_filesz, segment.p_offset)) loader.name[0] = '\0';
    return;
  }
}

}  // namespace

LoaderPath loader_needed(const char* path, GiveUp give_up) {
  LoaderPath loader;
  // ld.so would start a file that may not be executed; execve must refuse that one.
  if (raw_syscall(SYS_access, path, 1) != 0) return loader;
  const long fd = raw_syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return loader;
  const int file = static_cast<int>(fd);
  if (gives_up_something(file, give_up)) read_interpreter(file, loader);
  raw_syscall(SYS_close, file);
  return loader;
}

}  // namespace farcall::shim::process
