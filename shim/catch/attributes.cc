#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include <array>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/calls/paths.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/raw.h"

using namespace farcall::shim;

FARCALL_CATCH int fchmodat(int directory, const char* path, mode_t mode, int flags) noexcept {
  return int_ret(calls::fchmodat(directory, path, mode, flags));
}

FARCALL_CATCH int chmod(const char* path, mode_t mode) noexcept {
  return int_ret(calls::fchmodat(AT_FDCWD, path, mode, 0));
}

FARCALL_CATCH int lchmod(const char* path, mode_t mode) noexcept {
  return int_ret(calls::fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW));
}

FARCALL_CATCH int fchmod(int fd, mode_t mode) noexcept { return int_ret(calls::fchmod(fd, mode)); }

FARCALL_CATCH int fchownat(int directory, const char* path, uid_t owner, gid_t group,
                           int flags) noexcept {
  return int_ret(calls::fchownat(directory, path, owner, group, flags));
}

FARCALL_CATCH int chown(const char* path, uid_t owner, gid_t group) noexcept {
  return int_ret(calls::fchownat(AT_FDCWD, path, owner, group, 0));
}

FARCALL_CATCH int lchown(const char* path, uid_t owner, gid_t group) noexcept {
  return int_ret(calls::fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW));
}

FARCALL_CATCH int fchown(int fd, uid_t owner, gid_t group) noexcept {
  return int_ret(calls::fchown(fd, owner, group));
}

FARCALL_CATCH mode_t umask(mode_t mask) noexcept { return static_cast<mode_t>(calls::umask(mask)); }

FARCALL_CATCH int truncate(const char* path, off_t length) noexcept {
  return int_ret(calls::truncate(path, length));
}
FARCALL_ALIAS(truncate64, truncate);

// -- times: each form in terms of the newest --

FARCALL_CATCH int utimensat(int directory, const char* path, const timespec times[2],
                            int flags) noexcept {
  return int_ret(calls::utimensat(directory, path, times, flags));
}

FARCALL_CATCH int futimens(int fd, const timespec times[2]) noexcept {
  return int_ret(fd < 0 ? -EBADF : calls::utimensat(fd, nullptr, times, 0));
}

namespace {

using Times = std::array<timespec, 2>;

/// Calls with the times as utimensat(2) takes them: NULL stays NULL.
template <class Call>
int with_times(const timeval* values, Call call) {
  if (values == nullptr) return int_ret(call(nullptr));
  constexpr long kMicroseconds = 1000000;
  Times times;
  for (size_t i = 0; i < times.size(); ++i) {
    if (values[i].tv_usec < 0 || values[i].tv_usec >= kMicroseconds) return int_ret(-EINVAL);
    times[i] = {values[i].tv_sec, values[i].tv_usec * 1000};
  }
  return int_ret(call(times.data()));
}

}  // namespace

FARCALL_CATCH int futimesat(int directory, const char* path, const timeval values[2]) noexcept {
  return with_times(
      values, [&](const timespec* times) { return calls::utimensat(directory, path, times, 0); });
}

FARCALL_CATCH int utimes(const char* path, const timeval values[2]) noexcept {
  return futimesat(AT_FDCWD, path, values);
}

FARCALL_CATCH int lutimes(const char* path, const timeval values[2]) noexcept {
  return with_times(values, [&](const timespec* times) {
    return calls::utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
  });
}

FARCALL_CATCH int futimes(int fd, const timeval values[2]) noexcept {
  return with_times(values,
                    [&](const timespec* times) { return calls::utimensat(fd, nullptr, times, 0); });
}

FARCALL_CATCH int utime(const char* path, const utimbuf* values) noexcept {
  if (values == nullptr) return int_ret(calls::utimensat(AT_FDCWD, path, nullptr, 0));
  const Times times{{{values->actime, 0}, {values->modtime, 0}}};
  return int_ret(calls::utimensat(AT_FDCWD, path, times.data(), 0));
}

// -- extended attributes: NetBSD has them on few file systems, and under other rules --

namespace {

/// The host's call, or -EOPNOTSUPP for a file of the kernel.
template <class... Arguments>
long attribute_call(bool is_kernel, long number, Arguments... arguments) {
  return sysret(is_kernel ? -EOPNOTSUPP : host::raw(number, arguments...));
}

bool is_kernel(const char* path) { return calls::place_of(path).is_kernel(); }
bool is_kernel(int fd) { return descriptors::kernel_fd(fd) >= 0; }

}  // namespace

#define FARCALL_ATTRIBUTE_CALLS(prefix, Target)                                                  \
  FARCALL_CATCH int prefix##setxattr(Target target, const char* name, const void* value,         \
                                     size_t size, int flags) noexcept {                          \
    return static_cast<int>(attribute_call(is_kernel(target), SYS_##prefix##setxattr, target,    \
                                           name, value, size, flags));                           \
  }                                                                                              \
  FARCALL_CATCH ssize_t prefix##getxattr(Target target, const char* name, void* value,           \
                                         size_t size) noexcept {                                 \
    return attribute_call(is_kernel(target), SYS_##prefix##getxattr, target, name, value, size); \
  }                                                                                              \
  FARCALL_CATCH ssize_t prefix##listxattr(Target target, char* names, size_t size) noexcept {    \
    return attribute_call(is_kernel(target), SYS_##prefix##listxattr, target, names, size);      \
  }                                                                                              \
  FARCALL_CATCH int prefix##removexattr(Target target, const char* name) noexcept {              \
    return static_cast<int>(                                                                     \
        attribute_call(is_kernel(target), SYS_##prefix##removexattr, target, name));             \
  }

FARCALL_ATTRIBUTE_CALLS(, const char*)
FARCALL_ATTRIBUTE_CALLS(l, const char*)
FARCALL_ATTRIBUTE_CALLS(f, int)
