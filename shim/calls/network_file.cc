#include "network_file.h"

#include <string>
#include <vector>

#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/personality/personality.h"

namespace farcall::shim::calls {

namespace {

constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

long write_all(int fd, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const long put = host::raw(SYS_write, fd, text.data() + done, text.size() - done);
    if (is_error(put)) return put;
    done += static_cast<size_t>(put);
  }
  return 0;
}

long make_memory_file(const char* path, const std::string& text, bool close_on_exec) {
  const unsigned flags = MFD_ALLOW_SEALING | (close_on_exec ? MFD_CLOEXEC : 0);
  const long made = host::memfd_create(path, flags);
  if (is_error(made)) return made;
  const int fd = static_cast<int>(made);
  const long written = write_all(fd, text);
  if (is_error(written)) {
    host::close(fd);
    return written;
  }
  host::lseek(fd, 0, SEEK_SET);
  host::raw(SYS_fcntl, fd, F_ADD_SEALS, kSeals);
  return fd;
}

bool is_directory(const char* path) {
  std::vector<std::string> names;
  return personality::network_directory(path, names) == 0;
}

}  // namespace

long open_network_file(const char* path, int flags) {
  const ErrnoKeeper keeper;
  if (is_directory(path)) return -EISDIR;
  if ((flags & O_ACCMODE) != O_RDONLY) return -EACCES;
  if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
  std::string text;
  const long result = personality::network_file(path, text);
  return is_error(result) ? result : make_memory_file(path, text, (flags & O_CLOEXEC) != 0);
}

long stat_network_file(const char* path, struct stat* buffer) {
  if (buffer == nullptr) return -EFAULT;
  const ErrnoKeeper keeper;
  mode_t mode = S_IFDIR | 0555;
  if (!is_directory(path)) {
    std::string text;
    const long result = personality::network_file(path, text);
    if (is_error(result)) return result;
    mode = S_IFREG | 0444;
  }
  *buffer = {};
  buffer->st_mode = mode;
  buffer->st_nlink = 1;
  buffer->st_blksize = 4096;
  return 0;
}

}  // namespace farcall::shim::calls
