// The Linux personality's calls on names and directories of the kernel; personality.h says what
// holds for all of them. `kdir` is where relative paths start: a kernel descriptor of a directory,
// or kKernelCwd. Flags are Linux's AT_*; AT_EMPTY_PATH is the caller's affair, and so is the
// program's umask, which the kernel applies (umask() tells it).
#pragma once

#include <sys/statfs.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "personality/personality.h"

namespace farcall::personality {

/// The kernel's notion of this process's working directory.
inline constexpr int kKernelCwd = -100;

// -- opening and looking --
/// O_PATH opens for reading, so it wants what reading wants; on a symbolic link with O_NOFOLLOW it
/// is -ELOOP, as without O_PATH. O_TMPFILE: -EOPNOTSUPP, as from a file system that has none.
Sysret openat(int kdir, const char* path, int flags, mode_t mode);
Sysret fstatat(int kdir, const char* path, struct stat* buffer, int flags);
Sysret faccessat(int kdir, const char* path, int mode, int flags);
Sysret readlinkat(int kdir, const char* path, char* buffer, size_t size);
Sysret statfs(const char* path, struct statfs* buffer);
Sysret fstatfs(int kfd, struct statfs* buffer);
/// -EINVAL for a name that NetBSD has not.
Sysret pathconf(const char* path, int name);
Sysret fpathconf(int kfd, int name);

// -- names --
Sysret mkdirat(int kdir, const char* path, mode_t mode);
Sysret unlinkat(int kdir, const char* path, int flags);
/// Flags of renameat2(2) have no counterpart: -EINVAL, as from a file system without them.
Sysret renameat(int from_kdir, const char* from, int to_kdir, const char* to, unsigned flags);
Sysret linkat(int from_kdir, const char* from, int to_kdir, const char* to, int flags);
/// `target` is stored as it is, and followed inside the kernel.
Sysret symlinkat(const char* target, int kdir, const char* path);
/// -EPERM for a socket.
Sysret mknodat(int kdir, const char* path, mode_t mode, dev_t device);

// -- attributes --
Sysret fchmodat(int kdir, const char* path, mode_t mode, int flags);
Sysret fchmod(int kfd, mode_t mode);
Sysret fchownat(int kdir, const char* path, uid_t owner, gid_t group, int flags);
Sysret fchown(int kfd, uid_t owner, gid_t group);
Sysret utimensat(int kdir, const char* path, const timespec times[2], int flags);
Sysret futimens(int kfd, const timespec times[2]);
Sysret truncate(const char* path, off_t length);
/// The process's file creation mask in the kernel.
Sysret umask(mode_t mask);

// -- the working directory --
Sysret chdir(const char* path);
Sysret fchdir(int kfd);
/// An absolute path of the kernel's. 0 or a negative Linux errno.
Sysret getcwd(std::string& path);

// -- files that are open --
Sysret flock(int kfd, int operation);
/// True when this program has locked the file through `kfd`, by flock or fcntl.
bool was_locked(int kfd);
Sysret sync();

/// Entries of a directory as NetBSD's kernel writes them: the number of bytes, 0 at the end.
/// `buffer` has at least 1024 bytes and alignment 8.
Sysret getdents(int kfd, void* buffer, size_t size);

/// One of those entries.
struct DirectoryEntry {
  std::uint64_t inode;  ///< 0: no entry, to be skipped
  unsigned char type;   ///< DT_*
  std::string_view name;
};
/// The entry at `offset` of the `size` bytes that getdents wrote; `offset` moves behind it. False
/// when none is left, or what is there is no entry.
bool next_entry(const void* buffer, size_t size, size_t& offset, DirectoryEntry& entry);

}  // namespace farcall::personality
