// Descriptors that are handed to other processes over local sockets of the host's (SCM_RIGHTS).
#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <array>
#include <functional>
#include <vector>

#include "support.h"

namespace farcall::conformance {
namespace {

/// A message of one byte, with descriptors.
class Message {
 public:
  explicit Message(std::size_t room) : control_(room == 0 ? 0 : CMSG_SPACE(room * sizeof(int))) {
    header_.msg_iov = &vector_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
    header_.msg_controllen = control_.size();
  }
  explicit Message(const std::vector<int>& fds) : Message(fds.size()) {
    if (fds.empty()) return;
    cmsghdr* rights = CMSG_FIRSTHDR(&header_);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  msghdr* header() { return &header_; }
  /// What came, as the caller's own.
  std::vector<Fd> take() {
    std::vector<Fd> fds;
    cmsghdr* rights = CMSG_FIRSTHDR(&header_);
    if (rights == nullptr) return fds;
    EXPECT_EQ(rights->cmsg_type, SCM_RIGHTS);
    std::vector<int> numbers((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(numbers.data(), CMSG_DATA(rights), numbers.size() * sizeof(int));
    for (const int number : numbers) fds.emplace_back(number);
    return fds;
  }

 private:
  char byte_ = 'm';
  iovec vector_{&byte_, 1};
  std::vector<char> control_;
  msghdr header_{};
};

long send_descriptors(int socket, const std::vector<int>& fds) {
  Message message(fds);
  return sendmsg(socket, message.header(), 0);
}

std::vector<Fd> receive_descriptors(int socket, std::size_t room = 1, int flags = 0) {
  Message message(room);
  EXPECT_EQ(recvmsg(socket, message.header(), flags), 1);
  return message.take();
}

Fd receive_descriptor(int socket, int flags = 0) {
  auto fds = receive_descriptors(socket, 1, flags);
  return fds.size() == 1 ? std::move(fds[0]) : Fd();
}

bool is_same_connection(int one, int other) {
  return local_address(one) == local_address(other) && peer_address(one) == peer_address(other);
}

class Passing : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_THAT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), Succeeds());
    here_ = Fd(ends[0]);
    there_ = Fd(ends[1]);
  }

  /// Runs `body` in a child, which has there_ and no connection; its value is the exit status.
  void start_child(const std::function<int()>& body) {
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) _exit(body());
    there_.reset();
  }
  void child_succeeds() {
    int status = -1;
    ASSERT_EQ(waitpid(child_, &status, 0), child_);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  /// Receives a connection and says all that comes back to it.
  [[nodiscard]] int echo() const {
    const Fd connection = receive_descriptor(there_.get());
    if (!connection.valid()) return 1;
    send_all(connection.get(), read_to_end(connection.get()));
    return 0;
  }

  Fd here_;
  Fd there_;
  pid_t child_ = -1;
};

void expect_echo(const Fd& client) {
  send_all(client.get(), "there and back");
  ASSERT_THAT(shutdown(client.get(), SHUT_WR), Succeeds());
  EXPECT_EQ(read_to_end(client.get()), "there and back");
}

TEST_F(Passing, AConnectionReachesAProcessThatKnewNothingOfIt) {
  start_child([this] { return echo(); });
  Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  pair.server.reset();
  expect_echo(pair.client);
  child_succeeds();
}

TEST_F(Passing, AConnectionOutlivesItsSender) {
  const Fd listener = bound_socket(AF_INET, SOCK_STREAM);
  Address where = local_address(listener.get());
  const Fd client(socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_THAT(connect(client.get(), where.get(), where.length), Succeeds());
  start_child([&] {
    const Fd server(accept(listener.get(), nullptr, nullptr));
    return send_descriptors(there_.get(), {server.get()}) == 1 ? 0 : 1;
  });
  child_succeeds();
  const Fd server = receive_descriptor(here_.get());
  ASSERT_TRUE(server.valid());
  send_all(client.get(), "x");
  char byte = 0;
  EXPECT_EQ(recv(server.get(), &byte, 1, 0), 1);
}

TEST_F(Passing, WhatNobodyReceivesIsClosedWithTheSocket) {
  Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  pair.server.reset();
  here_.reset();
  there_.reset();
  EXPECT_EQ(read_to_end(pair.client.get()), "");
}

TEST_F(Passing, WhatIsReadWithoutRoomIsClosed) {
  Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  pair.server.reset();
  char byte = 0;
  EXPECT_EQ(read(there_.get(), &byte, 1), 1);
  EXPECT_EQ(read_to_end(pair.client.get()), "");
}

TEST_F(Passing, AClosedCopyLeavesTheConnectionToTheOther) {
  const Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  receive_descriptor(there_.get()).reset();
  send_all(pair.server.get(), "still");
  char text[5];
  EXPECT_EQ(recv(pair.client.get(), text, sizeof text, MSG_WAITALL), 5);
}

TEST_F(Passing, TheReceivedDescriptorHasTheLowestNumber) {
  const Pair pair = connected(AF_INET);
  const Fd probe(open("/dev/null", O_RDONLY));
  const int lowest = probe.get();
  close(lowest);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  const Fd received = receive_descriptor(there_.get());
  EXPECT_EQ(received.get(), lowest);
  const_cast<Fd&>(probe).release();
}

TEST_F(Passing, DescriptorsOfBothKindsKeepTheirOrder) {
  const Pair pair = connected(AF_INET);
  const Fd null(open("/dev/null", O_RDWR));
  ASSERT_EQ(send_descriptors(here_.get(), {pair.client.get(), null.get(), pair.server.get()}), 1);
  const auto fds = receive_descriptors(there_.get(), 3);
  ASSERT_EQ(fds.size(), 3u);
  EXPECT_TRUE(is_same_connection(fds[0].get(), pair.client.get()));
  EXPECT_EQ(write(fds[1].get(), "x", 1), 1);
  EXPECT_TRUE(is_same_connection(fds[2].get(), pair.server.get()));
}

TEST_F(Passing, WhoPeeksGetsADescriptorToo) {
  const Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  const Fd peeked = receive_descriptor(there_.get(), MSG_PEEK);
  const Fd received = receive_descriptor(there_.get());
  EXPECT_TRUE(is_same_connection(peeked.get(), pair.server.get()));
  EXPECT_TRUE(is_same_connection(received.get(), pair.server.get()));
}

TEST_F(Passing, CloseOnExecIsWhatTheReceiverSays) {
  const Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  const Fd plain = receive_descriptor(there_.get());
  const Fd closing = receive_descriptor(there_.get(), MSG_CMSG_CLOEXEC);
  EXPECT_EQ(fcntl(plain.get(), F_GETFD), 0);
  EXPECT_EQ(fcntl(closing.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(Passing, WhatHasNoRoomInTheMessageIsClosed) {
  Pair one = connected(AF_INET);
  Pair other = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {one.server.get(), other.server.get()}), 1);
  one.server.reset();
  other.server.reset();
  std::array<char, CMSG_LEN(sizeof(int))> control{};
  Message message(1);
  message.header()->msg_controllen = control.size();
  ASSERT_EQ(recvmsg(there_.get(), message.header(), 0), 1);
  EXPECT_NE(message.header()->msg_flags & MSG_CTRUNC, 0);
  const auto fds = message.take();
  ASSERT_EQ(fds.size(), 1u);
  EXPECT_TRUE(is_same_connection(fds[0].get(), fds[0].get()));
  EXPECT_EQ(read_to_end(other.client.get()), "");
}

TEST_F(Passing, ADescriptorIsPassedOn) {
  start_child([this] {
    const Fd passed = receive_descriptor(there_.get());
    return send_descriptors(there_.get(), {passed.get()}) == 1 ? 0 : 1;
  });
  Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  pair.server.reset();
  const Fd back = receive_descriptor(here_.get());
  child_succeeds();
  send_all(back.get(), "z");
  char byte = 0;
  EXPECT_EQ(recv(pair.client.get(), &byte, 1, 0), 1);
}

TEST_F(Passing, SeveralMessagesInOneCall) {
  const Pair pair = connected(AF_INET);
  Message first(std::vector<int>{pair.client.get()}), second(std::vector<int>{}),
      third(std::vector<int>{pair.server.get()});
  mmsghdr out[3] = {{*first.header(), 0}, {*second.header(), 0}, {*third.header(), 0}};
  int ends[2];
  ASSERT_THAT(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), Succeeds());
  const Fd from(ends[0]), to(ends[1]);
  ASSERT_EQ(sendmmsg(from.get(), out, 3, 0), 3);
  EXPECT_EQ(out[2].msg_len, 1u);
  Message one(1), two(1), three(1);
  mmsghdr in[3] = {{*one.header(), 0}, {*two.header(), 0}, {*three.header(), 0}};
  ASSERT_EQ(recvmmsg(to.get(), in, 3, 0, nullptr), 3);
  *one.header() = in[0].msg_hdr;
  *two.header() = in[1].msg_hdr;
  *three.header() = in[2].msg_hdr;
  const auto client = one.take();
  const auto server = three.take();
  EXPECT_TRUE(two.take().empty());
  ASSERT_EQ(client.size(), 1u);
  ASSERT_EQ(server.size(), 1u);
  EXPECT_TRUE(is_same_connection(client[0].get(), pair.client.get()));
  EXPECT_TRUE(is_same_connection(server[0].get(), pair.server.get()));
}

TEST_F(Passing, AListenerAcceptsInBothProcesses) {
  const Fd listener = bound_socket(AF_INET, SOCK_STREAM);
  ASSERT_EQ(send_descriptors(here_.get(), {listener.get()}), 1);
  const Fd received = receive_descriptor(there_.get());
  Address where = local_address(listener.get());
  for (const int each : {received.get(), listener.get()}) {
    const Fd client(socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_THAT(connect(client.get(), where.get(), where.length), Succeeds());
    EXPECT_TRUE(Fd(accept(each, nullptr, nullptr)).valid());
  }
}

TEST_F(Passing, AReceivedDescriptorCanBeWaitedFor) {
  const Pair pair = connected(AF_INET);
  ASSERT_EQ(send_descriptors(here_.get(), {pair.server.get()}), 1);
  const Fd received = receive_descriptor(there_.get());
  send_all(pair.client.get(), "x");
  pollfd entries[] = {{received.get(), POLLIN, 0}, {there_.get(), POLLIN, 0}};
  EXPECT_EQ(poll(entries, 2, 10'000), 1);
  EXPECT_EQ(entries[0].revents, POLLIN);
}

TEST_F(Passing, WhatIsNoDescriptorIsNotSent) {
  const Pair pair = connected(AF_INET);
  EXPECT_THAT(send_descriptors(here_.get(), {pair.server.get(), 999}), FailsWith(EBADF));
}

}  // namespace
}  // namespace farcall::conformance
