// poll, select and epoll on host and kernel descriptors at once; the kernel is a fake whose
// descriptors are sockets.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "fake_kernel.h"
#include "shim/calls/calls.h"
#include "shim/descriptors/descriptors.h"
#include "shim/wait/epoll.h"

namespace farcall::shim {
namespace {

/// One end that the program has (as a kernel descriptor), and the other, to write to it.
struct KernelSocket {
  int fd;
  int peer;

  KernelSocket() {
    const testing::KernelPair pair = testing::make_pair();
    fd = static_cast<int>(descriptors::adopt(pair.kfd[0], true));
    peer = pair.kfd[1];
  }
  ~KernelSocket() {
    descriptors::close(fd);
    ::close(peer);
  }
  void send() const { ASSERT_EQ(::write(peer, "x", 1), 1); }
  void receive() const {
    char byte;
    ASSERT_EQ(::read(descriptors::kernel_fd(fd), &byte, 1), 1);
    epoll::touched(fd, POLLIN);
  }
};

struct HostEvent {
  int fd = eventfd(0, EFD_CLOEXEC);
  ~HostEvent() { ::close(fd); }
  void raise() const { ASSERT_EQ(eventfd_write(fd, 1), 0); }
};

TEST(MixedPoll, TellsOfBothSidesTogether) {
  const KernelSocket kernel;
  const HostEvent host;
  kernel.send();
  host.raise();
  pollfd fds[] = {{kernel.fd, POLLIN, -1}, {-1, POLLIN, -1}, {host.fd, POLLIN, -1}};
  EXPECT_EQ(calls::poll(fds, 3, -1), 2);
  EXPECT_EQ(fds[0].revents, POLLIN);
  EXPECT_EQ(fds[1].revents, 0);
  EXPECT_EQ(fds[2].revents, POLLIN);
}

TEST(MixedPoll, WakesByEitherSide) {
  const KernelSocket kernel;
  const HostEvent host;
  pollfd fds[] = {{host.fd, POLLIN, 0}, {kernel.fd, POLLIN, 0}};
  std::thread kernel_side([&] { kernel.send(); });
  EXPECT_EQ(calls::poll(fds, 2, -1), 1);
  EXPECT_EQ(fds[1].revents, POLLIN);
  kernel_side.join();
  kernel.receive();
  std::thread host_side([&] { host.raise(); });
  EXPECT_EQ(calls::poll(fds, 2, -1), 1);
  EXPECT_EQ(fds[0].revents, POLLIN);
  EXPECT_EQ(fds[1].revents, 0);
  host_side.join();
}

TEST(MixedPoll, TimesOut) {
  const KernelSocket kernel;
  const HostEvent host;
  pollfd fds[] = {{host.fd, POLLIN, 0}, {kernel.fd, POLLIN, 0}};
  EXPECT_EQ(calls::poll(fds, 2, 0), 0);
  EXPECT_EQ(calls::poll(fds, 2, 20), 0);
  EXPECT_EQ(calls::poll(fds + 1, 1, 20), 0);
  const timespec negative{.tv_sec = 0, .tv_nsec = -1};
  EXPECT_EQ(calls::ppoll(fds, 2, &negative, nullptr), -EINVAL);
}

TEST(MixedPoll, SignalsInterruptIt) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t blocked;
  sigset_t open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &open);
  raise(SIGUSR1);  // pending until the mask of the call lets it through
  const KernelSocket kernel;
  pollfd fds[] = {{kernel.fd, POLLIN, 0}};
  EXPECT_EQ(calls::ppoll(fds, 1, nullptr, &open), -EINTR);
  pthread_sigmask(SIG_SETMASK, &open, nullptr);
}

TEST(MixedSelect, KeepsReadyBitsOnly) {
  const KernelSocket kernel;
  const HostEvent host;
  kernel.send();
  fd_set read;
  fd_set write;
  FD_ZERO(&read);
  FD_ZERO(&write);
  for (const int fd : {kernel.fd, host.fd}) {
    FD_SET(fd, &read);
    FD_SET(fd, &write);
  }
  timeval timeout{.tv_sec = 100, .tv_usec = 0};
  EXPECT_EQ(calls::select(std::max(kernel.fd, host.fd) + 1, &read, &write, nullptr, &timeout), 3);
  EXPECT_TRUE(FD_ISSET(kernel.fd, &read));
  EXPECT_FALSE(FD_ISSET(host.fd, &read));
  EXPECT_TRUE(FD_ISSET(kernel.fd, &write));
  EXPECT_TRUE(FD_ISSET(host.fd, &write));
  EXPECT_GE(timeout.tv_sec, 90);
  EXPECT_LT(timeout.tv_sec, 100);
}

TEST(MixedSelect, AClosedDescriptorIsAnError) {
  const KernelSocket kernel;
  fd_set read;
  FD_ZERO(&read);
  FD_SET(kernel.fd, &read);
  FD_SET(450, &read);
  EXPECT_EQ(calls::select(451, &read, nullptr, nullptr, nullptr), -EBADF);
}

class MixedEpoll : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { epoll::start(); }
  void TearDown() override { descriptors::close(epoll_); }

  long add(int fd, std::uint32_t events) const {
    epoll_event event{.events = events, .data = {.fd = fd}};
    return calls::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  /// The descriptors that are told of without waiting.
  std::vector<int> ready(int timeout_ms = 0) const {
    epoll_event events[8];
    const long count = calls::epoll_wait(epoll_, events, 8, timeout_ms);
    std::vector<int> fds;
    for (long i = 0; i < count; ++i) fds.push_back(events[i].data.fd);
    return fds;
  }

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(MixedEpoll, TellsOfBothSides) {
  const KernelSocket kernel;
  const HostEvent host;
  ASSERT_EQ(add(host.fd, EPOLLIN), 0);
  ASSERT_EQ(add(kernel.fd, EPOLLIN), 0);
  EXPECT_EQ(add(kernel.fd, EPOLLIN), -EEXIST);
  EXPECT_THAT(ready(), IsEmpty());
  kernel.send();
  EXPECT_THAT(ready(-1), ElementsAre(kernel.fd));
  host.raise();
  EXPECT_THAT(ready(-1), UnorderedElementsAre(kernel.fd, host.fd));
}

TEST_F(MixedEpoll, OneEventAtATimeReachesBothSides) {
  const KernelSocket kernel;
  const HostEvent host;
  ASSERT_EQ(add(host.fd, EPOLLIN), 0);
  ASSERT_EQ(add(kernel.fd, EPOLLIN), 0);
  kernel.send();
  host.raise();
  std::set<int> seen;
  for (int i = 0; i < 4; ++i) {
    epoll_event event;
    ASSERT_EQ(calls::epoll_wait(epoll_, &event, 1, -1), 1);
    seen.insert(event.data.fd);
  }
  EXPECT_THAT(seen, UnorderedElementsAre(kernel.fd, host.fd));
}

TEST_F(MixedEpoll, AMemberAddedDuringAWaitCounts) {
  const KernelSocket kernel;
  kernel.send();
  std::thread adder([&] { EXPECT_EQ(add(kernel.fd, EPOLLIN), 0); });
  EXPECT_THAT(ready(-1), ElementsAre(kernel.fd));
  adder.join();
}

TEST_F(MixedEpoll, EdgeTriggeredTellsAgainAfterARead) {
  const KernelSocket kernel;
  ASSERT_EQ(add(kernel.fd, EPOLLIN | EPOLLET), 0);
  kernel.send();
  EXPECT_THAT(ready(-1), ElementsAre(kernel.fd));
  EXPECT_THAT(ready(10), IsEmpty());
  kernel.receive();
  EXPECT_THAT(ready(), IsEmpty());
  kernel.send();
  EXPECT_THAT(ready(-1), ElementsAre(kernel.fd));
}

TEST_F(MixedEpoll, EdgeTriggeredTellsOfMoreThatIsUnread) {
  const KernelSocket kernel;
  ASSERT_EQ(add(kernel.fd, EPOLLIN | EPOLLET), 0);
  kernel.send();
  EXPECT_THAT(ready(-1), ElementsAre(kernel.fd));
  kernel.send();
  EXPECT_THAT(ready(-1), ElementsAre(kernel.fd)) << "before the wait";
  std::thread later([&] { kernel.send(); });
  EXPECT_THAT(ready(-1), ElementsAre(kernel.fd)) << "perhaps during the wait";
  later.join();
  EXPECT_THAT(ready(), IsEmpty());
}

TEST_F(MixedEpoll, AClosedMemberIsForgotten) {
  {
    const KernelSocket kernel;
    ASSERT_EQ(add(kernel.fd, EPOLLIN), 0);
    kernel.send();
  }
  EXPECT_THAT(ready(), IsEmpty());
}

TEST_F(MixedEpoll, RefusesAsEpollCtlDoes) {
  const KernelSocket kernel;
  epoll_event event{.events = EPOLLIN, .data = {}};
  EXPECT_EQ(calls::epoll_ctl(STDERR_FILENO, EPOLL_CTL_ADD, kernel.fd, &event), -EINVAL);
  EXPECT_EQ(calls::epoll_ctl(kernel.fd, EPOLL_CTL_ADD, STDERR_FILENO, &event), -EINVAL);
  EXPECT_EQ(calls::epoll_ctl(epoll_, EPOLL_CTL_MOD, kernel.fd, &event), -ENOENT);
  EXPECT_EQ(calls::epoll_ctl(epoll_, EPOLL_CTL_ADD, kernel.fd, nullptr), -EFAULT);
  EXPECT_EQ(calls::epoll_wait(kernel.fd, &event, 1, 0), -EINVAL);
}

}  // namespace
}  // namespace farcall::shim
