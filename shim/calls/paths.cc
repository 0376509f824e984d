#include "paths.h"

#include <array>
#include <charconv>
#include <string_view>

#include "shim/descriptors/descriptors.h"
#include "shim/personality/personality.h"
#include "shim/process/start.h"

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

}  // namespace

Place place_of(const char* path) {
  if (path == nullptr || path[0] != '/') return {PathKind::host, path};
  const HijackSpec* spec = process::hijack_spec_if_started();
  if (spec == nullptr) return {PathKind::host, path};
  if (const auto inside = spec->kernel_path(path)) return {PathKind::kernel, inside->data()};
  if (spec->sees_kernel_network() && personality::is_network_path(path))
    return {PathKind::network, path};
  if (descriptors::any() && descriptors::kernel_fd(descriptor_named_by(path)) >= 0) {
    return {PathKind::descriptor, path};
  }
  return {PathKind::host, path};
}

}  // namespace farcall::shim::calls
