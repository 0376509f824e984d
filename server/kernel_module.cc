#include "server/kernel_module.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "server/kernel_symbol.h"

namespace farcall::server {
namespace {

constexpr int kLoad = 0;         ///< MODCTL_LOAD
constexpr int kRegularFile = 0;  ///< RUMP_ETFS_REG
/// Where the kernel finds the file while it loads it.
constexpr const char* kKey = "/module.mod";

/// NetBSD's modctl_load_t.
struct LoadArguments {
  const char* path;
  int flags;
  const char* properties;
  std::size_t properties_size;
};
static_assert(sizeof(LoadArguments) == 32);

}  // namespace

std::optional<Complaint> load_module(void* kernel, const std::string& path) {
  int (*add_file)(const char*, const char*, int) = nullptr;
  int (*remove_file)(const char*) = nullptr;
  int (*control)(int, void*) = nullptr;
  if (!take(kernel, "rump_pub_etfs_register", add_file) ||
      !take(kernel, "rump_pub_etfs_remove", remove_file) ||
      !take(kernel, "rump___sysimpl_modctl", control)) {
    return Complaint{"this kernel loads no modules; NetBSD's does (--kernel netbsd)"};
  }
  if (add_file(kKey, path.c_str(), kRegularFile) != 0) {
    return Complaint{"module '" + path + "' cannot be read (is that a file of this host's?)"};
  }
  LoadArguments arguments = {kKey, 0, nullptr, 0};
  const bool loaded = control(kLoad, &arguments) == 0;
  const int error = errno;
  remove_file(kKey);
  if (loaded) return std::nullopt;
  return Complaint{"module '" + path + "' is not loaded: " + std::strerror(error) +
                   " (is it one for this kernel's version, and not loaded yet?)"};
}

}  // namespace farcall::server
