// The one decision that most calls come down to: is this descriptor the kernel's or the host's?
#pragma once

#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"

namespace farcall::shim::calls {

/// kernel(kfd) when `fd` is the kernel's, else host(). errno is left alone by both.
template <class Kernel, class Host>
inline long route(int fd, Kernel kernel, Host host) {
  const int kfd = descriptors::kernel_fd(fd);
  if (kfd < 0) [[likely]]
    return host();
  const ErrnoKeeper keeper;
  return kernel(kfd);
}

}  // namespace farcall::shim::calls
