// Directory streams of our own. A DIR is libc's affair, and libc's functions on it make their
// system calls where nobody else sees them; so a stream on a directory that is not the host's is
// one of these, under the same type, and the functions of dirent.h ask first whose a DIR is.
#pragma once

#include <dirent.h>

#include <memory>
#include <mutex>

namespace farcall::shim::directories {

/// One stream. Its functions may be called from any thread, one at a time (`next` sees to it).
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// readdir(3): valid until the next call; NULL at the end, and with errno on an error.
  dirent* next();
  /// telldir(3), seekdir(3) and rewinddir(3), which is position 0.
  virtual long tell() = 0;
  virtual void seek(long position) = 0;
  /// dirfd(3); -1: it has none.
  [[nodiscard]] virtual int fd() const { return -1; }
  /// closedir(3) before the stream goes. 0 or -errno.
  virtual long close() { return 0; }

 protected:
  /// Fills in the next entry but for d_reclen: 1; 0 at the end; -errno.
  virtual long read(dirent& entry) = 0;

 private:
  std::mutex mutex_;
  dirent entry_{};
};

/// The stream as the program gets it. Owned by the list of streams until closed.
DIR* enroll(std::unique_ptr<Stream> stream);
/// NULL for one of libc's. One load while there is none of ours.
Stream* find(DIR* stream);
/// closedir(3) on one of ours. 0 or -errno.
long close(DIR* stream);

/// A stream on `fd`, which stands for a directory of the kernel's, and is the stream's from now on.
DIR* open_kernel_directory(int fd);

}  // namespace farcall::shim::directories
