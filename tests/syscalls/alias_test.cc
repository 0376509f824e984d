// The other names of the calls: what fortified programs use, the 64-bit forms, and syscall()
// itself.
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

#include "support.h"

extern "C" {
ssize_t __read_chk(int, void*, size_t, size_t);
ssize_t __recv_chk(int, void*, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void*, size_t, size_t, int, sockaddr*, socklen_t*);
int __poll_chk(pollfd*, nfds_t, int, size_t);
int __close(int);
ssize_t __write(int, const void*, size_t);
ssize_t __send(int, const void*, size_t, int);
int __connect(int, const sockaddr*, socklen_t);
int __fcntl(int, int, ...);
}

namespace farcall::conformance {
namespace {

TEST(Aliases, Fortified) {
  const Pair pair = connected(AF_INET);
  send_all(pair.client.get(), "abcdef");
  pollfd entry{pair.server.get(), POLLIN, 0};
  EXPECT_EQ(__poll_chk(&entry, 1, 10'000, sizeof entry), 1);
  char buffer[2] = {};
  EXPECT_EQ(__read_chk(pair.server.get(), buffer, 2, sizeof buffer), 2);
  EXPECT_EQ(__recv_chk(pair.server.get(), buffer, 2, sizeof buffer, 0), 2);
  EXPECT_EQ(__recvfrom_chk(pair.server.get(), buffer, 2, sizeof buffer, 0, nullptr, nullptr), 2);
  EXPECT_EQ(std::string(buffer, 2), "ef");
}

TEST(Aliases, Underscored) {
  const Fd listener = bound_socket(AF_INET, SOCK_STREAM);
  const Address to = local_address(listener.get());
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_THAT(__connect(fd, to.get(), to.length), Succeeds());
  const Fd server(accept(listener.get(), nullptr, nullptr));
  EXPECT_EQ(__write(fd, "a", 1), 1);
  EXPECT_EQ(__send(fd, "b", 1, 0), 1);
  EXPECT_EQ(__fcntl(fd, F_GETFD), 0);
  EXPECT_EQ(__close(fd), 0);
  EXPECT_EQ(read_to_end(server.get()), "ab");
}

TEST(Aliases, SyscallFunction) {
  const Pair pair = connected(AF_INET);
  const Fd made(static_cast<int>(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)));
  Address address;
  EXPECT_THAT(getpeername(made.get(), address.get(), &address.length), FailsWith(ENOTCONN));
  EXPECT_EQ(syscall(SYS_write, pair.client.get(), "xyz", 3), 3);
  char buffer[4] = {};
  EXPECT_EQ(syscall(SYS_recvfrom, pair.server.get(), buffer, 4, 0, nullptr, nullptr), 3);
  EXPECT_STREQ(buffer, "xyz");
  EXPECT_EQ(syscall(SYS_getpid), getpid());
  EXPECT_THAT(syscall(SYS_close, 999), FailsWith(EBADF));
}

}  // namespace
}  // namespace farcall::conformance
