// A part of a kernel's file, copied into memory of the host's that can be mapped: what a mapping of
// such a file is made of.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace farcall::shim::mappings {

inline constexpr size_t kPageSize = 4096;

inline size_t round_to_page(size_t size) { return (size + kPageSize - 1) & ~(kPageSize - 1); }

/// Which file it is, whatever its names.
struct FileIdentity {
  dev_t device;
  ino_t inode;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
/// 0 or -errno; -ENODEV for what is no regular file.
long identify(int kfd, FileIdentity& identity);

/// Owns both the descriptor of the memory and a mapping of all of it.
class FileCopy {
 public:
  FileCopy() = default;
  ~FileCopy();
  FileCopy(const FileCopy&) = delete;
  FileCopy& operator=(const FileCopy&) = delete;

  /// Copies what the file has from `offset` on, at most `length` bytes. The copy ends where the
  /// file does, so the host raises SIGBUS behind it as for a file of its own. 0 or -errno; -ENODEV
  /// for what is no regular file.
  long fill(int kfd, off_t offset, size_t length);

  /// Another descriptor of the copy, by which mappings can never be made writable. -errno.
  [[nodiscard]] long read_only() const;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] const FileIdentity& file() const { return file_; }
  /// The mapping, which is the caller's from now on; NULL when the size is 0.
  char* release_memory();

 private:
  long make(size_t size);
  long read_all(int kfd, off_t offset);
  /// The file turned out to be shorter.
  long shrink(size_t size);

  int fd_ = -1;
  char* memory_ = nullptr;
  size_t size_ = 0;
  FileIdentity file_{};
};

}  // namespace farcall::shim::mappings
