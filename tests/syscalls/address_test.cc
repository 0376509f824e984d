// Addresses that are not the program's, given to calls: EFAULT, whatever the program has made of
// SIGSEGV and SIGBUS, and the data of good ones, wherever in their pages they lie.
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include <csignal>
#include <string>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

constexpr std::size_t kPage = 4096;

/// A page that can be used, in front of one that cannot.
class Pages {
 public:
  explicit Pages(int protection_of_second = PROT_NONE)
      : start_(static_cast<char*>(
            mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(second(), kPage, protection_of_second);
  }
  ~Pages() { munmap(start_, 2 * kPage); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  /// The last `size` bytes of the first page.
  [[nodiscard]] char* end(std::size_t size) const { return second() - size; }
  [[nodiscard]] char* second() const { return start_ + kPage; }

 private:
  char* start_;
};

/// A mapping of a file that has no bytes there, at which a program gets SIGBUS.
class BehindTheEnd {
 public:
  BehindTheEnd() {
    const Fd file(memfd_create("empty", MFD_CLOEXEC));
    start_ =
        static_cast<char*>(mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0));
  }
  ~BehindTheEnd() { munmap(start_, kPage); }
  BehindTheEnd(const BehindTheEnd&) = delete;
  BehindTheEnd& operator=(const BehindTheEnd&) = delete;
  [[nodiscard]] char* address() const { return start_; }

 private:
  char* start_;
};

class Addresses : public ::testing::Test {
 protected:
  /// Something to be read; a call that fails may have taken what was there.
  int readable() {
    send_all(pair_.client.get(), std::string(8, 'd'));
    wait_for(pair_.server.get(), POLLIN);
    return pair_.server.get();
  }
  /// The calls that read or write data at `address`, which is bad for them.
  void expect_unwritable(char* address) {
    iovec piece{address, 8};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    EXPECT_THAT(read(readable(), address, 8), FailsWith(EFAULT));
    EXPECT_THAT(readv(readable(), &piece, 1), FailsWith(EFAULT));
    EXPECT_THAT(recv(readable(), address, 8, 0), FailsWith(EFAULT));
    EXPECT_THAT(recvmsg(readable(), &message, 0), FailsWith(EFAULT));
    EXPECT_THAT(ioctl(readable(), FIONREAD, address), FailsWith(EFAULT));
  }
  void expect_unreadable(char* address) {
    iovec piece{address, 8};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const int fd = pair_.client.get();
    EXPECT_THAT(write(fd, address, 8), FailsWith(EFAULT));
    EXPECT_THAT(writev(fd, &piece, 1), FailsWith(EFAULT));
    EXPECT_THAT(send(fd, address, 8, 0), FailsWith(EFAULT));
    EXPECT_THAT(sendmsg(fd, &message, 0), FailsWith(EFAULT));
    EXPECT_THAT(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, address, sizeof(int)), FailsWith(EFAULT));
    EXPECT_THAT(bind(fd, reinterpret_cast<sockaddr*>(address), sizeof(sockaddr_in)),
                FailsWith(EFAULT));
  }
  void expect_bad(char* address) {
    expect_unwritable(address);
    expect_unreadable(address);
  }
  /// The connection is as good as before.
  void expect_useful() {
    send_all(pair_.server.get(), "good");
    char text[4] = "";
    EXPECT_EQ(recv(pair_.client.get(), text, sizeof text, MSG_WAITALL), 4);
    EXPECT_EQ(std::string(text, 4), "good");
  }

  Pair pair_ = connected(AF_INET);
};

TEST_F(Addresses, ThatAreNobodys) {
  expect_bad(reinterpret_cast<char*>(1));
  expect_bad(reinterpret_cast<char*>(8));
  expect_bad(Pages().second());  // no longer mapped
  expect_useful();
}

TEST_F(Addresses, ThatMayNotBeUsed) {
  const Pages pages;
  expect_bad(pages.second());
  expect_useful();
}

TEST_F(Addresses, ThatMayOnlyBeRead) {
  const Pages pages(PROT_READ);
  expect_unwritable(pages.second());
  EXPECT_EQ(write(pair_.client.get(), pages.second(), 8), 8);
}

TEST_F(Addresses, BehindTheEndOfAFile) {
  const BehindTheEnd file;
  expect_bad(file.address());
  expect_useful();
}

TEST_F(Addresses, OfRecords) {
  const Pages pages;
  char* const bad = pages.second();
  const int fd = readable();
  auto* const length = reinterpret_cast<socklen_t*>(bad);
  int value = 0;
  socklen_t good_length = sizeof value;
  Address address;
  EXPECT_THAT(getsockname(fd, address.get(), length), FailsWith(EFAULT));
  EXPECT_THAT(getpeername(fd, reinterpret_cast<sockaddr*>(bad), &address.length),
              FailsWith(EFAULT));
  EXPECT_THAT(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, length), FailsWith(EFAULT));
  EXPECT_THAT(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, bad, &good_length), FailsWith(EFAULT));
  EXPECT_THAT(readv(fd, reinterpret_cast<iovec*>(bad), 1), FailsWith(EFAULT));
  EXPECT_THAT(writev(fd, reinterpret_cast<iovec*>(bad), 1), FailsWith(EFAULT));
  EXPECT_THAT(recvmsg(fd, reinterpret_cast<msghdr*>(bad), 0), FailsWith(EFAULT));
  EXPECT_THAT(sendmsg(fd, reinterpret_cast<msghdr*>(bad), 0), FailsWith(EFAULT));
  EXPECT_THAT(connect(fd, reinterpret_cast<sockaddr*>(bad), sizeof(sockaddr_in)),
              FailsWith(EFAULT));
}

/// Calls that take a path, at an address that is bad for one.
void expect_no_path(const char* path) {
  struct stat status {};
  struct statfs file_system {};
  char text[8];
  EXPECT_THAT(open(path, O_RDONLY), FailsWith(EFAULT));
  EXPECT_THAT(openat(AT_FDCWD, path, O_RDWR | O_CREAT, 0600), FailsWith(EFAULT));
  EXPECT_THAT(stat(path, &status), FailsWith(EFAULT));
  EXPECT_THAT(lstat(path, &status), FailsWith(EFAULT));
  EXPECT_THAT(fstatat(AT_FDCWD, path, &status, AT_EMPTY_PATH), FailsWith(EFAULT));
  EXPECT_THAT(access(path, R_OK), FailsWith(EFAULT));
  EXPECT_THAT(readlink(path, text, sizeof text), FailsWith(EFAULT));
  EXPECT_THAT(chdir(path), FailsWith(EFAULT));
  EXPECT_THAT(mkdir(path, 0700), FailsWith(EFAULT));
  EXPECT_THAT(rmdir(path), FailsWith(EFAULT));
  EXPECT_THAT(unlink(path), FailsWith(EFAULT));
  EXPECT_THAT(rename(path, "/nowhere"), FailsWith(EFAULT));
  EXPECT_THAT(link("/dev/null", path), FailsWith(EFAULT));
  EXPECT_THAT(symlink("/nowhere", path), FailsWith(EFAULT));
  EXPECT_THAT(chmod(path, 0600), FailsWith(EFAULT));
  EXPECT_THAT(chown(path, 0, 0), FailsWith(EFAULT));
  EXPECT_THAT(truncate(path, 0), FailsWith(EFAULT));
  EXPECT_THAT(statfs(path, &file_system), FailsWith(EFAULT));
}

TEST_F(Addresses, OfPaths) {
  const Pages pages;
  const BehindTheEnd file;
  std::memset(pages.end(8), '/', 8);
  for (const char* bad :
       {reinterpret_cast<const char*>(1), reinterpret_cast<const char*>(-1),
        static_cast<const char*>(pages.second()), static_cast<const char*>(pages.end(8)),
        static_cast<const char*>(file.address())}) {
    expect_no_path(bad);
  }
}

TEST_F(Addresses, OfPathsThatEndWithTheirPage) {
  const Pages pages;
  for (const std::string name : {"/", "/dev/null", "/rump", "/proc/net/dev"}) {
    std::memcpy(pages.end(name.size() + 1), name.c_str(), name.size() + 1);
    EXPECT_EQ(access(pages.end(name.size() + 1), F_OK), access(name.c_str(), F_OK)) << name;
  }
}

TEST_F(Addresses, OfWhatIsWaitedFor) {
  const Pages pages;
  char* const bad = pages.second();
  EXPECT_THAT(poll(reinterpret_cast<pollfd*>(bad), 1, 0), FailsWith(EFAULT));
  EXPECT_THAT(poll(reinterpret_cast<pollfd*>(pages.end(sizeof(pollfd))), 2, 0), FailsWith(EFAULT));
  timeval now{};
  auto* const set = reinterpret_cast<fd_set*>(bad);
  const int most = pair_.server.get() + 1;
  EXPECT_THAT(select(most, set, nullptr, nullptr, &now), FailsWith(EFAULT));
  EXPECT_THAT(select(most, nullptr, nullptr, set, &now), FailsWith(EFAULT));
  const Fd instance(epoll_create1(0));
  EXPECT_THAT(epoll_ctl(instance.get(), EPOLL_CTL_ADD, pair_.server.get(),
                        reinterpret_cast<epoll_event*>(bad)),
              FailsWith(EFAULT));
}

/// Any byte of a page can be the first or last of what is sent and received.
TEST_F(Addresses, AtTheEndsOfPages) {
  const Pages source;
  const Pages target;
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t i = 0; i < size; ++i) source.end(size)[i] = static_cast<char>('a' + i);
    ASSERT_EQ(write(pair_.client.get(), source.end(size), size), static_cast<ssize_t>(size));
    target.end(size)[-1] = '<';
    ASSERT_EQ(recv(pair_.server.get(), target.end(size), size, MSG_WAITALL),
              static_cast<ssize_t>(size));
    EXPECT_EQ(std::string(target.end(size), size), std::string(source.end(size), size));
    EXPECT_EQ(target.end(size)[-1], '<') << "what is in front stays";
  }
}

TEST_F(Addresses, AcrossManyPages) {
  std::string sent(30 * kPage, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 251);
  std::thread sender([&] { send_all(pair_.client.get(), sent); });
  std::string received(sent.size(), ' ');
  for (std::size_t done = 0; done < received.size();) {
    const ssize_t got = read(pair_.server.get(), &received[done], received.size() - done);
    ASSERT_GT(got, 0);
    done += static_cast<std::size_t>(got);
  }
  sender.join();
  EXPECT_TRUE(received == sent);
}

sigjmp_buf behind_the_fault;
volatile sig_atomic_t handled = 0;
void* volatile fault_address = nullptr;

void on_fault(int signal, siginfo_t* info, void*) {
  handled = signal;
  fault_address = info->si_addr;
  siglongjmp(behind_the_fault, 1);
}

/// The program's own handler of SIGSEGV and SIGBUS for as long as it lives.
class OwnHandler {
 public:
  explicit OwnHandler(int flags = 0) {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | flags;
    sigaction(SIGSEGV, &action, &segmentation_);
    sigaction(SIGBUS, &action, &bus_);
    handled = 0;
  }
  ~OwnHandler() {
    sigaction(SIGSEGV, &segmentation_, nullptr);
    sigaction(SIGBUS, &bus_, nullptr);
  }
  OwnHandler(const OwnHandler&) = delete;
  OwnHandler& operator=(const OwnHandler&) = delete;

 private:
  struct sigaction segmentation_ {};
  struct sigaction bus_ {};
};

/// The signal that the program gets for using `address` itself.
int signal_of_using(volatile char* address) {
  handled = 0;
  if (sigsetjmp(behind_the_fault, 1) == 0) *address = 'x';
  return handled;
}

TEST_F(Addresses, GivenToCallsAreNoSignalsOfTheProgram) {
  const Pages pages;
  const BehindTheEnd file;
  for (const int flags : {0, SA_ONSTACK, SA_NODEFER}) {
    const OwnHandler handler(flags);
    expect_bad(pages.second());
    expect_bad(file.address());
    EXPECT_EQ(handled, 0);
    EXPECT_EQ(signal_of_using(pages.second()), SIGSEGV);
    EXPECT_EQ(fault_address, pages.second());
    EXPECT_EQ(signal_of_using(file.address()), SIGBUS);
    EXPECT_EQ(fault_address, file.address());
  }
  expect_useful();
}

TEST_F(Addresses, AreErrorsInEveryThread) {
  const Pages pages;
  std::thread([&] {
    expect_bad(pages.second());
    expect_useful();
  }).join();
}

TEST_F(Addresses, AreErrorsWhereTheSignalsAreBlockedOrIgnored) {
  const Pages pages;
  const BehindTheEnd file;
  sigset_t both;
  sigset_t before;
  sigemptyset(&both);
  sigaddset(&both, SIGSEGV);
  sigaddset(&both, SIGBUS);
  pthread_sigmask(SIG_BLOCK, &both, &before);
  expect_bad(pages.second());
  expect_bad(file.address());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  auto* const handler = std::signal(SIGSEGV, SIG_IGN);
  expect_bad(pages.second());
  std::signal(SIGSEGV, handler);
  expect_useful();
}

}  // namespace
}  // namespace farcall::conformance
