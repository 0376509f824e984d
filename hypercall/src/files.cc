// Files and I/O, but not block I/O.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <climits>
#include <cstddef>

#include "block_io.h"
#include "errors.h"
#include "names.h"
#include "netbsd/constants.h"
#include "upcalls.h"

using namespace farcall::hypercall;

namespace {

static_assert(sizeof(rumpuser_iovec) == sizeof(iovec) &&
              offsetof(rumpuser_iovec, iov_base) == offsetof(iovec, iov_base) &&
              offsetof(rumpuser_iovec, iov_len) == offsetof(iovec, iov_len));

constexpr mode_t kCreateMode = 0644;

int host_open_flags(int flags) {
  constexpr int kAccess[] = {O_RDONLY, O_WRONLY, O_RDWR};
  int host = kAccess[flags & RUMPUSER_OPEN_ACCMODE] | O_CLOEXEC | O_NOCTTY;
  if ((flags & RUMPUSER_OPEN_CREATE) != 0) host |= O_CREAT;
  if ((flags & RUMPUSER_OPEN_EXCL) != 0) host |= O_EXCL;
  return host;
}

/// A descriptor, or a negative host errno.
int open_name(const char* name, int flags) {
  if (const auto family = find_name_family(name)) return family->open(name, flags);
  const int fd = ::open(name, host_open_flags(flags), kCreateMode);
  return fd == -1 ? -errno : fd;
}

int file_type(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return RUMPUSER_FT_DIR;
    case S_IFREG:
      return RUMPUSER_FT_REG;
    case S_IFBLK:
      return RUMPUSER_FT_BLK;
    case S_IFCHR:
      return RUMPUSER_FT_CHR;
    default:
      return RUMPUSER_FT_OTHER;
  }
}

/// stat does not know how large a disk is.
int block_device_size(const char* name, uint64_t* size) {
  const int fd = ::open(name, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return errno;
  const int error = ::ioctl(fd, BLKGETSIZE64, size) == -1 ? errno : 0;
  ::close(fd);
  return error;
}

/// Host errno.
int file_info(const char* name, uint64_t* size, int* type) {
  struct stat status;
  if (::stat(name, &status) == -1) return errno;
  *type = file_type(status.st_mode);
  *size = static_cast<uint64_t>(status.st_size);
  return *type == RUMPUSER_FT_BLK ? block_device_size(name, size) : 0;
}

int name_info(const char* name, uint64_t* size, int* type) {
  const auto family = find_name_family(name);
  if (!family) return file_info(name, size, type);
  if (family->getfileinfo != nullptr) return family->getfileinfo(name, size, type);
  *size = 0;
  *type = RUMPUSER_FT_OTHER;
  return 0;
}

/// One of the host's: preadv2 or pwritev2. For both, as for a kernel, the offset -1 means the
/// file's own.
using TransferCall = ssize_t (*)(int fd, const iovec*, int count, off64_t offset, int flags);
static_assert(RUMPUSER_IOV_NOSEEK == -1);

/// Repeats the call while signals of the host end it: they are not the kernel's.
int transfer(TransferCall call, int fd, const rumpuser_iovec* vector, size_t count, int64_t offset,
             size_t* transferred) {
  if (count > IOV_MAX || offset < RUMPUSER_IOV_NOSEEK) return NB_EINVAL;
  return sleeping([=] {
    const auto* const host_vector = reinterpret_cast<const iovec*>(vector);
    const ssize_t result =
        TEMP_FAILURE_RETRY(call(fd, host_vector, static_cast<int>(count), offset, 0));
    if (result == -1) return errno_to_netbsd(errno);
    *transferred = static_cast<size_t>(result);
    return 0;
  });
}

}  // namespace

int rumpuser_open(const char* name, int flags, int* fd) {
  if ((flags & RUMPUSER_OPEN_ACCMODE) == RUMPUSER_OPEN_ACCMODE) return NB_EINVAL;
  const int opened = sleeping([&] { return open_name(name, flags); });
  if (opened < 0) return errno_to_netbsd(-opened);
  *fd = opened;
  return 0;
}

int rumpuser_close(int fd) {
  return without_cpu([fd] { return hypercall_result(::close(fd)); });
}

int rumpuser_getfileinfo(const char* name, uint64_t* size, int* type) {
  uint64_t found_size = 0;
  int found_type = RUMPUSER_FT_OTHER;
  const int error = without_cpu([&] { return name_info(name, &found_size, &found_type); });
  if (error != 0) return errno_to_netbsd(error);
  if (size != nullptr) *size = found_size;
  if (type != nullptr) *type = found_type;
  return 0;
}

int rumpuser_iovread(int fd, rumpuser_iovec* vector, size_t count, int64_t offset,
                     size_t* transferred) {
  return transfer(::preadv64v2, fd, vector, count, offset, transferred);
}

int rumpuser_iovwrite(int fd, const rumpuser_iovec* vector, size_t count, int64_t offset,
                      size_t* transferred) {
  return transfer(::pwritev64v2, fd, vector, count, offset, transferred);
}

int rumpuser_syncfd(int fd, int flags, uint64_t start, uint64_t length) {
  if ((flags & RUMPUSER_SYNCFD_BOTH) == 0) return NB_EINVAL;
  return sleeping([=] {
    if ((flags & RUMPUSER_SYNCFD_BARRIER) != 0) finish_block_io();
    // Reads see what others wrote without further ado: all go through the host's page cache.
    if ((flags & RUMPUSER_SYNCFD_WRITE) == 0) return 0;
    if ((flags & RUMPUSER_SYNCFD_SYNC) != 0) return hypercall_result(::fdatasync(fd));
    return hypercall_result(::sync_file_range(fd, static_cast<off64_t>(start),
                                              static_cast<off64_t>(length), SYNC_FILE_RANGE_WRITE));
  });
}
