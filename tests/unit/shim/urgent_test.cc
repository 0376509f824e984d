// SIGURG's watcher with a kernel that answers when the test wants it to.
#include "shim/wait/urgent.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "shim/descriptors/descriptors.h"
#include "shim/personality/personality.h"

namespace {

constexpr int kSocket = 900;

std::atomic<int> answers = 0;  // with kSocket
void (*about_to_close)(int) = nullptr;

}  // namespace

namespace farcall::shim::descriptors {

void on_kernel_close(void (*listener)(int)) { about_to_close = listener; }

}  // namespace farcall::shim::descriptors

namespace farcall::personality {

Sysret pipe2(int ends[2], int flags) { return ::pipe2(ends, flags) == 0 ? 0 : -errno; }
Sysret read(int kfd, void* buffer, size_t size) { return ::read(kfd, buffer, size); }
Sysret write(int kfd, const void* buffer, size_t size) { return ::write(kfd, buffer, size); }
Sysret close(int kfd) { return ::close(kfd); }

/// The socket was closed, says the first answer about it; the program has another of that number
/// before the watcher has seen this.
Sysret poll(pollfd* kfds, size_t count, std::int64_t, const sigset_t*) {
  if (count == 1) return ::poll(kfds, 1, -1);
  kfds[0].revents = 0;
  const bool first = answers++ == 0;
  kfds[1].revents = first ? POLLNVAL : POLLPRI;
  if (first) {
    about_to_close(kSocket);
    EXPECT_EQ(shim::urgent::set_owner(kSocket, getpid()), 0);
  }
  return 1;
}

}  // namespace farcall::personality

namespace farcall::shim::urgent {
namespace {

TEST(UrgentWatcher, NewsOfAClosedSocketIsNotThatOfTheNext) {
  sigset_t urgent;
  sigemptyset(&urgent);
  sigaddset(&urgent, SIGURG);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &urgent, nullptr), 0);
  ASSERT_EQ(set_owner(kSocket, getpid()), 0);
  constexpr timespec kLong{60, 0};
  EXPECT_EQ(sigtimedwait(&urgent, nullptr, &kLong), SIGURG);
  EXPECT_EQ(owner_of(kSocket), getpid());
}

}  // namespace
}  // namespace farcall::shim::urgent
