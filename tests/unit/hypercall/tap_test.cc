// The special names "tap:NAME", in a network namespace of the test's own.
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

constexpr char kDevice[] = "farcalltest";

enum Outcome { kGood, kNoNamespace, kNotOpened, kNoDevice, kNotUp, kNotWritten, kOpenedTwice };

bool enter_own_network() {
  return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

bool bring_up(const char* device) {
  ifreq request = {};
  std::strncpy(request.ifr_name, device, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP;
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  const bool up = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  ::close(socket);
  return up;
}

bool write_frame(int fd) {
  std::array<unsigned char, 60> frame = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
                                         0,    0,    0,    0,    1,    8,    0};
  const rumpuser_iovec part = {frame.data(), frame.size()};
  size_t transferred = 0;
  const int error =
      in_kernel([&] { return rumpuser_iovwrite(fd, &part, 1, RUMPUSER_IOV_NOSEEK, &transferred); });
  return error == 0 && transferred == frame.size();
}

Outcome use_tap() {
  if (!enter_own_network()) return kNoNamespace;
  int fd = -1;
  int second = -1;
  auto open = [](int* opened) {
    return in_kernel([&] { return rumpuser_open("tap:farcalltest", RUMPUSER_OPEN_RDWR, opened); });
  };
  if (open(&fd) != 0) return kNotOpened;
  if (::if_nametoindex(kDevice) == 0) return kNoDevice;
  if (!bring_up(kDevice)) return kNotUp;
  if (!write_frame(fd)) return kNotWritten;
  return open(&second) == NB_EBUSY ? kGood : kOpenedTwice;
}

TEST_F(HypercallTest, TapNameIsADeviceOfTheHost) {
  // A process of its own: what it enters it cannot leave.
  const pid_t child = ::fork();
  if (child == 0) ::_exit(use_tap());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  const bool skippable = std::getenv("CI") == nullptr;
  if (WEXITSTATUS(status) == kNoNamespace && skippable)
    GTEST_SKIP() << "this user may make no network namespace";
  EXPECT_EQ(WEXITSTATUS(status), kGood);
}

}  // namespace
}  // namespace farcall::test
