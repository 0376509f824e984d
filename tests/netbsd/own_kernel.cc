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
    "rumpuser",     "rump",        "rumpvfs",         "rumpdev",
    "rumpnet",      "rumpnet_net", "rumpnet_netinet", "rumpnet_netinet6",
    "rumpnet_local"};

bool load(const std::string& directory) {
  for (const char* name : kLibraries) {
    const std::string path = directory + "/lib" + name + ".so.0";
    if (dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL) != nullptr) continue;
    std::fprintf(stderr, "%s\n", dlerror());
    return false;
  }
  return true;
}

bool load_and_start() {
  const char* prefix = std::getenv("RUMP_PREFIX");
  if (prefix == nullptr) {
    std::fprintf(stderr, "RUMP_PREFIX is not set\n");
    return false;
  }
  if (!load(std::string(prefix) + "/lib")) return false;
  auto* init = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "rump_init"));
  return init != nullptr && init() == 0;
}

}  // namespace

bool start_kernel() {
  static const bool started = load_and_start();
  return started;
}

Outcome call_by_name(const char* name, const std::uint64_t (&arguments)[6]) {
  using Function = long (*)(std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                            std::uint64_t, std::uint64_t);
  const std::string symbol = std::string("rump___sysimpl_") + name;
  auto* function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, symbol.c_str()));
  if (function == nullptr) {
    std::fprintf(stderr, "there is no %s\n", symbol.c_str());
    std::abort();
  }
  const long result =
      function(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  // The functions of int have no upper half.
  return static_cast<int>(result) == -1 ? Outcome{-1, errno} : Outcome{result, 0};
}

}  // namespace farcall::netbsd_own
