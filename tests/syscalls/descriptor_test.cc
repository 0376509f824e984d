// Descriptors: numbers, copies, flags, and sockets beside the host's files.
#include <fcntl.h>
#include <poll.h>

#include <array>
#include <filesystem>

#include "support.h"

namespace farcall::conformance {
namespace {

/// True when the other end of the connection is closed.
bool at_end(int fd) {
  char byte = 0;
  return recv(fd, &byte, 1, 0) == 0;
}

TEST(Numbers, LowestFree) {
  const int first = open("/dev/null", O_RDONLY);
  close(first);
  const Fd socket_first(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(socket_first.get(), first);
  const Fd file_second(open("/dev/null", O_RDONLY));
  EXPECT_EQ(file_second.get(), first + 1);
  const Fd copy_third(dup(socket_first.get()));
  EXPECT_EQ(copy_third.get(), first + 2);
}

TEST(Dup, OneFileUnderManyNumbers) {
  Pair pair = connected(AF_INET);
  const Fd copy(dup(pair.client.get()));
  const Fd high(fcntl(pair.client.get(), F_DUPFD, 100));
  EXPECT_GE(high.get(), 100);
  fcntl(copy.get(), F_SETFL, O_NONBLOCK);
  EXPECT_NE(fcntl(high.get(), F_GETFL) & O_NONBLOCK, 0);
  pair.client.reset();
  send_all(high.get(), "still open");
  char buffer[16] = {};
  EXPECT_EQ(recv(pair.server.get(), buffer, sizeof buffer, 0), 10);
}

TEST(Dup, LastCloseCloses) {
  Pair pair = connected(AF_INET);
  Fd copy(dup(pair.client.get()));
  pair.client.reset();
  pollfd entry{pair.server.get(), POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, 20), 0);
  copy.reset();
  EXPECT_TRUE(at_end(pair.server.get()));
}

TEST(Dup, Dup2ReplacesEitherKind) {
  Pair first = connected(AF_INET);
  Pair second = connected(AF_INET);
  const Fd file(open("/dev/null", O_WRONLY));
  // A socket over a file of the host's.
  ASSERT_EQ(dup2(first.client.get(), file.get()), file.get());
  EXPECT_EQ(write(file.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(first.server.get(), &byte, 1), 1);
  // A file of the host's over a socket: the socket is closed.
  const Fd null(open("/dev/null", O_WRONLY));
  ASSERT_EQ(dup2(null.get(), second.client.get()), second.client.get());
  EXPECT_TRUE(at_end(second.server.get()));
  EXPECT_EQ(write(second.client.get(), "nowhere", 7), 7);
}

TEST(Dup, Dup2OntoItself) {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(dup2(fd.get(), fd.get()), fd.get());
  EXPECT_EQ(fcntl(fd.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_THAT(dup3(fd.get(), fd.get(), 0), FailsWith(EINVAL));
}

TEST(Dup, Flags) {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(fcntl(fd.get(), F_GETFD), FD_CLOEXEC);
  const Fd plain(dup(fd.get()));
  EXPECT_EQ(fcntl(plain.get(), F_GETFD), 0);
  EXPECT_EQ(dup3(fd.get(), plain.get(), O_CLOEXEC), plain.get());
  EXPECT_EQ(fcntl(plain.get(), F_GETFD), FD_CLOEXEC);
  const Fd high(fcntl(fd.get(), F_DUPFD_CLOEXEC, 64));
  EXPECT_EQ(fcntl(high.get(), F_GETFD), FD_CLOEXEC);
  fcntl(high.get(), F_SETFD, 0);
  EXPECT_EQ(fcntl(high.get(), F_GETFD), 0);
}

TEST(Dup, BadNumbers) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_THAT(dup2(fd.get(), -1), FailsWith(EBADF));
  EXPECT_THAT(dup2(999, fd.get()), FailsWith(EBADF));
  EXPECT_THAT(dup(999), FailsWith(EBADF));
  EXPECT_EQ(fcntl(fd.get(), F_GETFD), 0) << "a dup2 that fails closes nothing";
}

TEST(Closing, CloseRangeClosesSockets) {
  Pair pair = connected(AF_INET);
  const int low = fcntl(pair.client.get(), F_DUPFD, 200);
  pair.client.reset();
  ASSERT_THAT(close_range(200, 300, 0), Succeeds());
  EXPECT_TRUE(at_end(pair.server.get()));
  EXPECT_THAT(fcntl(low, F_GETFD), FailsWith(EBADF));
}

TEST(Closing, CloseRangeCanMark) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  const Fd high(fcntl(fd.get(), F_DUPFD, 200));
  ASSERT_THAT(close_range(200, 300, CLOSE_RANGE_CLOEXEC), Succeeds());
  EXPECT_EQ(fcntl(high.get(), F_GETFD), FD_CLOEXEC);
}

TEST(Listing, ProcSelfFdShowsTheNumber) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_TRUE(std::filesystem::is_symlink("/proc/self/fd/" + std::to_string(fd.get())));
}

TEST(Streams, StdioOnASocket) {
  Pair pair = connected(AF_INET);
  FILE* out = fdopen(dup(pair.client.get()), "w");
  ASSERT_NE(out, nullptr);
  EXPECT_EQ(std::fprintf(out, "a line of %d\n", 10), 13);
  EXPECT_EQ(std::fclose(out), 0);
  FILE* in = fdopen(pair.server.release(), "r");
  char line[64] = {};
  EXPECT_NE(std::fgets(line, sizeof line, in), nullptr);
  EXPECT_STREQ(line, "a line of 10\n");
  std::fclose(in);
}

TEST(Pipes, CarryBetweenHostAndSocket) {
  const Pair pair = connected(AF_INET);
  std::array<int, 2> ends{};
  ASSERT_THAT(pipe2(ends.data(), O_CLOEXEC), Succeeds());
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  EXPECT_EQ(write(write_end.get(), "through a pipe", 14), 14);
  write_end.reset();
  const std::string data = read_to_end(read_end.get());
  send_all(pair.client.get(), data);
  shutdown(pair.client.get(), SHUT_WR);
  EXPECT_EQ(read_to_end(pair.server.get()), "through a pipe");
}

TEST(Pipes, LocalSocketpairStaysWhole) {
  std::array<int, 2> ends{};
  ASSERT_THAT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), Succeeds());
  const Fd left(ends[0]);
  const Fd right(ends[1]);
  send_all(left.get(), "local");
  char buffer[16] = {};
  EXPECT_EQ(recv(right.get(), buffer, sizeof buffer, 0), 5);
}

}  // namespace
}  // namespace farcall::conformance
