// The special names "tap:NAME": the host's tap devices, tun(4) of Linux, and what others have
// registered in their place.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "names.h"
#include "rump/rumpuser.h"

namespace farcall::hypercall {

int open_tap(const char* name, int flags) {
  name += std::strlen("tap:");
  if (const auto family = find_name_family(name)) return family->open(name, flags);
  const std::string_view device = name;
  ifreq request = {};
  if (device.empty() || device.size() >= sizeof request.ifr_name) return -EINVAL;
  if ((flags & RUMPUSER_OPEN_ACCMODE) != RUMPUSER_OPEN_RDWR) return -EINVAL;
  device.copy(request.ifr_name, device.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI;

  const int fd = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd == -1) return -errno;
  if (::ioctl(fd, TUNSETIFF, &request) == 0) return fd;
  const int error = errno;
  ::close(fd);
  return -error;
}

}  // namespace farcall::hypercall
