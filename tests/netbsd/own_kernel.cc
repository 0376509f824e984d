#include "own_kernel.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace farcall::netbsd_own {
namespace {

// In the order in which they need one another.
constexpr const char* kLibraries[] = {
    "rump",          "rumpvfs",      "rumpdev",         "rumpdev_disk",
    "rumpnet",       "rumpnet_net",  "rumpnet_netinet", "rumpnet_netinet6",
    "rumpnet_local", "rumpfs_tmpfs", "rumpfs_ffs",      "rumpfs_ext2fs",
};

bool load(const std::string& directory, const char* name) {
  const std::string path = directory + "/lib" + name + ".so.0";
  if (dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL) != nullptr) return true;
  std::fprintf(stderr, "%s\n", dlerror());
  return false;
}

bool load_and_start(const char* first) {
  const char* prefix = std::getenv("RUMP_PREFIX");
  if (prefix == nullptr) {
    std::fprintf(stderr, "RUMP_PREFIX is not set\n");
    return false;
  }
  const std::string directory = std::string(prefix) + "/lib";
  if (!load(directory, first)) return false;
  for (const char* name : kLibraries) {
    if (!load(directory, name)) return false;
  }
  return reinterpret_cast<int (*)()>(function_of_kernel("rump_init"))() == 0;
}

}  // namespace

bool start_kernel(const char* first) {
  static const bool started = load_and_start(first);
  return started;
}

void* function_of_kernel(const char* symbol) {
  void* found = dlsym(RTLD_DEFAULT, symbol);
  if (found != nullptr) return found;
  std::fprintf(stderr, "the kernel has no %s\n", symbol);
  std::abort();
}

Outcome call_by_name(const char* name, const std::uint64_t (&arguments)[6]) {
  using Function = long (*)(std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                            std::uint64_t, std::uint64_t);
  const std::string symbol = std::string("rump___sysimpl_") + name;
  auto* function = reinterpret_cast<Function>(function_of_kernel(symbol.c_str()));
  const long result =
      function(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  // The functions of int have no upper half.
  return static_cast<int>(result) == -1 ? Outcome{-1, errno} : Outcome{result, 0};
}

}  // namespace farcall::netbsd_own
