#include "working_directory.h"

#include <stdlib.h>

#include <atomic>
#include <cstring>

#include "paths.h"
#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/files.h"
#include "shim/process/start.h"

namespace farcall::shim::calls {

namespace working_directory {

namespace {

// rumphijack(3) has a variable for it as well, of another name.
constinit char entry[] = "FARCALL_DIRECTORY=kernel";
constinit std::atomic<bool> kernel{false};

}  // namespace

bool is_kernel() { return kernel.load(std::memory_order_relaxed); }

void inherit() {
  if (getenv("FARCALL_DIRECTORY") == nullptr) return;
  kernel.store(true, std::memory_order_relaxed);
  unsetenv("FARCALL_DIRECTORY");
}

char* environment_entry() { return is_kernel() ? entry : nullptr; }

long kernel_name(std::string& name) {
  std::string path;
  const long result = personality::getcwd(path);
  const HijackSpec* spec = process::hijack_spec_if_started();
  if (is_error(result) || spec == nullptr) return result;
  name = spec->program_path(path);
  return 0;
}

namespace {

long change(long result, bool to_kernel) {
  if (!is_error(result)) kernel.store(to_kernel, std::memory_order_relaxed);
  return result;
}

}  // namespace

}  // namespace working_directory

long chdir(const char* path) {
  return route_path(
      AT_FDCWD, path,
      [](const Place& place) {
        return working_directory::change(personality::chdir(place.path), true);
      },
      [&] { return working_directory::change(host::raw(SYS_chdir, path), false); });
}

long fchdir(int fd) {
  return route(
      fd, [](int kfd) { return working_directory::change(personality::fchdir(kfd), true); },
      [&] { return working_directory::change(host::raw(SYS_fchdir, fd), false); });
}

long getcwd(char* buffer, size_t size) {
  if (!working_directory::is_kernel()) return host::raw(SYS_getcwd, buffer, size);
  const ErrnoKeeper keeper;
  std::string name;
  const long result = working_directory::kernel_name(name);
  if (is_error(result)) return result;
  if (name.size() >= size) return -ERANGE;
  if (buffer == nullptr) return -EFAULT;
  std::memcpy(buffer, name.c_str(), name.size() + 1);
  return static_cast<long>(name.size() + 1);
}

}  // namespace farcall::shim::calls
