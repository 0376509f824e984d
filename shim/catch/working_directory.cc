#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/calls/paths.h"
#include "shim/calls/real_path.h"
#include "shim/calls/working_directory.h"
#include "shim/host/libc.h"

using namespace farcall::shim;

namespace {

/// `text` in the caller's buffer, or in one from malloc. NULL with errno.
char* give(const std::string& text, char* buffer, size_t size) {
  if (buffer == nullptr) return strdup(text.c_str());
  if (text.size() < size) return static_cast<char*>(memcpy(buffer, text.c_str(), text.size() + 1));
  errno = ERANGE;
  return nullptr;
}

}  // namespace

FARCALL_CATCH int chdir(const char* path) noexcept { return int_ret(calls::chdir(path)); }

FARCALL_CATCH int fchdir(int fd) noexcept { return int_ret(calls::fchdir(fd)); }

FARCALL_CATCH char* getcwd(char* buffer, size_t size) noexcept {
  if (!calls::working_directory::is_kernel()) return host::libc().getcwd(buffer, size);
  if (buffer != nullptr && size == 0) {
    errno = EINVAL;
    return nullptr;
  }
  std::string name;
  if (sysret(calls::working_directory::kernel_name(name)) < 0) return nullptr;
  if (buffer == nullptr && size != 0 && name.size() >= size) {
    errno = ERANGE;
    return nullptr;
  }
  return give(name, buffer, size);
}

FARCALL_CATCH char* __getcwd_chk(char* buffer, size_t size, size_t available) noexcept {
  check_size(size, available);
  return getcwd(buffer, size);
}

FARCALL_CATCH char* get_current_dir_name() noexcept {
  return calls::working_directory::is_kernel() ? getcwd(nullptr, 0)
                                               : host::libc().get_current_dir_name();
}

FARCALL_CATCH char* getwd(char* buffer) noexcept { return getcwd(buffer, PATH_MAX); }

FARCALL_CATCH char* __getwd_chk(char* buffer, size_t available) noexcept {
  return getcwd(buffer, available);
}

FARCALL_CATCH char* realpath(const char* path, char* resolved) noexcept {
  const calls::Place place = calls::place_of(path);
  if (!place.is_kernel()) return host::libc().realpath(path, resolved);
  std::string name;
  if (sysret(calls::real_path(place, name)) < 0) return nullptr;
  return give(name, resolved, PATH_MAX);
}

FARCALL_CATCH char* __realpath_chk(const char* path, char* resolved, size_t available) noexcept {
  check_size(PATH_MAX, available);
  return realpath(path, resolved);
}

FARCALL_CATCH char* canonicalize_file_name(const char* path) noexcept {
  return realpath(path, nullptr);
}
