#include "paths.h"

#include <array>
#include <charconv>
#include <string_view>

#include "shim/descriptors/descriptors.h"
#include "shim/host/host.h"
#include "shim/host/readable.h"
#include "shim/personality/files.h"
#include "shim/personality/personality.h"
#include "shim/process/start.h"
#include "working_directory.h"

namespace farcall::shim::calls {

namespace {

struct NamedDescriptor {
  std::string_view path;
  int fd;
};
constexpr std::array kNamedDescriptors{NamedDescriptor{"/dev/stdin", 0},
                                       NamedDescriptor{"/dev/stdout", 1},
                                       NamedDescriptor{"/dev/stderr", 2}};
constexpr std::array<std::string_view, 2> kDescriptorDirectories{"/dev/fd/", "/proc/self/fd/"};

/// The descriptor that a path of the host stands for, or -1.
int descriptor_named_by(std::string_view path) {
  for (const NamedDescriptor& each : kNamedDescriptors) {
    if (path == each.path) return each.fd;
  }
  for (const std::string_view directory : kDescriptorDirectories) {
    if (!path.starts_with(directory)) continue;
    int fd = -1;
    const char* end = path.data() + path.size();
    const auto parsed = std::from_chars(path.data() + directory.size(), end, fd);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return fd;
  }
  return -1;
}

constexpr int kAbsolute = personality::kKernelCwd;  // not asked

bool is_host_root(int directory) {
  struct stat here;
  struct stat root;
  return host::raw(SYS_newfstatat, directory, directory == AT_FDCWD ? "." : "", &here,
                   AT_EMPTY_PATH) == 0 &&
         host::raw(SYS_newfstatat, AT_FDCWD, "/", &root, 0) == 0 && here.st_dev == root.st_dev &&
         here.st_ino == root.st_ino;
}

/// A path that starts from a directory of the host's: the kernel's where that is the root, for
/// programs that go down from there name by name.
Place place_from_host(int directory, const char* path) {
  const HijackSpec* spec = process::hijack_spec_if_started();
  if (spec != nullptr) {
    const auto inside = spec->kernel_path_from_root(path);
    if (inside && is_host_root(directory)) return {PathKind::kernel, inside->data(), kAbsolute};
  }
  return {PathKind::host, path, directory};
}

Place relative_place(int directory, const char* path) {
  if (directory == AT_FDCWD) {
    if (!working_directory::is_kernel()) return place_from_host(directory, path);
    return path[0] != '\0' ? Place{PathKind::kernel, path, personality::kKernelCwd}
                           : Place{PathKind::host, path, directory};
  }
  const int kfd = descriptors::kernel_fd(directory);
  return kfd < 0 ? place_from_host(directory, path) : Place{PathKind::kernel, path, kfd};
}

Place absolute_place(const HijackSpec& spec, const char* path) {
  if (const auto inside = spec.kernel_path(path))
    return {PathKind::kernel, inside->data(), kAbsolute};
  if (spec.sees_kernel_network() && personality::is_network_path(path))
    return {PathKind::network, path, kAbsolute};
  if (descriptors::any() && descriptors::kernel_fd(descriptor_named_by(path)) >= 0) {
    return {PathKind::descriptor, path, kAbsolute};
  }
  return {PathKind::host, path, kAbsolute};
}

}  // namespace

Place place_at(int directory, const char* path) {
  if (!host::can_read_string(path)) return {PathKind::host, path, directory};
  if (path[0] != '/') return relative_place(directory, path);
  const HijackSpec* spec = process::hijack_spec_if_started();
  return spec != nullptr ? absolute_place(*spec, path) : Place{PathKind::host, path, directory};
}

int described_kernel_fd(int directory, const char* path, int flags) {
  if ((flags & AT_EMPTY_PATH) == 0) return -1;
  const bool empty = path == nullptr || (host::can_read(path, 1) && path[0] == '\0');
  return empty ? descriptors::kernel_fd(directory) : -1;
}

}  // namespace farcall::shim::calls
