#include "fake_kernel.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "farcall/client.h"
#include "rump/rumpclient.h"
#include "shim/personality/personality.h"

namespace farcall::shim::testing {

namespace {
constexpr int kLowestKernelFd = 500;
std::set<int>& made() {
  static std::set<int> fds;
  return fds;
}
}  // namespace

std::vector<int>& closed_kernel_fds() {
  static std::vector<int> fds;
  return fds;
}

std::set<int>& client_fds() {
  static std::set<int> fds;
  return fds;
}

KernelPair make_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) abort();
  KernelPair pair{};
  for (int i = 0; i < 2; ++i) {
    pair.kfd[i] = ::fcntl(fds[i], F_DUPFD_CLOEXEC, kLowestKernelFd);
    made().insert(pair.kfd[i]);
    ::close(fds[i]);
  }
  return pair;
}

}  // namespace farcall::shim::testing

namespace farcall::personality {

using namespace shim::testing;

Sysret close(int kfd) {
  closed_kernel_fds().push_back(kfd);
  if (made().erase(kfd) != 0) ::close(kfd);
  return 0;
}

Sysret poll(pollfd* kfds, size_t count, std::int64_t timeout_ns, const sigset_t* mask) {
  const timespec timeout{.tv_sec = timeout_ns / 1'000'000'000,
                         .tv_nsec = timeout_ns % 1'000'000'000};
  const int result = ::ppoll(kfds, count, timeout_ns < 0 ? nullptr : &timeout, mask);
  return result < 0 ? -errno : result;
}

Sysret ioctl(int kfd, unsigned long request, void* argument) {
  return ::ioctl(kfd, request, argument) < 0 ? -errno : 0;
}

struct PendingPoll::State {
  pollfd* fds;
  size_t count;
  int epoll;
};

PendingPoll::PendingPoll(pollfd* kfds, size_t count)
    : state_(new State{kfds, count, epoll_create1(EPOLL_CLOEXEC)}) {
  for (size_t i = 0; i < count; ++i) {
    epoll_event event{.events = static_cast<std::uint32_t>(kfds[i].events), .data = {}};
    epoll_ctl(state_->epoll, EPOLL_CTL_ADD, kfds[i].fd, &event);
  }
}
PendingPoll::~PendingPoll() {
  ::close(state_->epoll);
  delete state_;
}
int PendingPoll::fd() const { return state_->epoll; }
bool PendingPoll::finished() { return finish() > 0; }
Sysret PendingPoll::finish() { return personality::poll(state_->fds, state_->count, 0, nullptr); }

}  // namespace farcall::personality

extern "C" {

int farcall_owns_fd(int fd) { return farcall::shim::testing::client_fds().count(fd) != 0 ? 1 : 0; }

int rumpclient__closenotify(int* fd, enum rumpclient_closevariant) {
  auto& fds = farcall::shim::testing::client_fds();
  const int moved = fcntl(*fd, F_DUPFD_CLOEXEC, 700);
  fds.erase(*fd);
  fds.insert(moved);
  return moved < 0 ? -1 : 0;
}

}  // extern "C"
