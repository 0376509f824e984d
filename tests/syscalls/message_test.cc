// Flags of send and receive, and their vector and message forms.
#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>

#include <array>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

iovec part(std::string& text) { return {text.data(), text.size()}; }

TEST(Flags, PeekLeavesTheData) {
  const Pair pair = connected(AF_INET);
  send_all(pair.client.get(), "peeked");
  char buffer[16] = {};
  EXPECT_EQ(recv(pair.server.get(), buffer, 3, MSG_PEEK), 3);
  EXPECT_EQ(recv(pair.server.get(), buffer, sizeof buffer, 0), 6);
  EXPECT_STREQ(buffer, "peeked");
}

TEST(Flags, DontwaitDoesNotWait) {
  const Pair pair = connected(AF_INET);
  char byte = 0;
  EXPECT_THAT(recv(pair.server.get(), &byte, 1, MSG_DONTWAIT), FailsWith(EAGAIN));
  EXPECT_EQ(fcntl(pair.server.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Flags, WaitallWaitsForAll) {
  const Pair pair = connected(AF_INET);
  std::thread sender([&] {
    for (const char* piece : {"one ", "two ", "three"}) {
      send_all(pair.client.get(), piece);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  char buffer[14] = {};
  EXPECT_EQ(recv(pair.server.get(), buffer, 13, MSG_WAITALL), 13);
  EXPECT_STREQ(buffer, "one two three");
  sender.join();
}

TEST(Flags, WaitallEndsWithTheStream) {
  const Pair pair = connected(AF_INET);
  send_all(pair.client.get(), "short");
  shutdown(pair.client.get(), SHUT_WR);
  char buffer[64] = {};
  EXPECT_EQ(recv(pair.server.get(), buffer, sizeof buffer, MSG_WAITALL), 5);
}

TEST(Vectors, ScatterAndGather) {
  const Pair pair = connected(AF_INET);
  std::string first = "gathered ";
  std::string empty;
  std::string second = "from pieces";
  std::array parts{part(first), part(empty), part(second)};
  EXPECT_EQ(writev(pair.client.get(), parts.data(), parts.size()), 20);
  std::string head(4, ' ');
  std::string tail(100, ' ');
  std::array places{part(head), part(tail)};
  wait_for(pair.server.get(), POLLIN);
  EXPECT_EQ(readv(pair.server.get(), places.data(), places.size()), 20);
  EXPECT_EQ(head + tail.substr(0, 16), "gathered from pieces");
}

TEST(Vectors, TooManyPieces) {
  const Pair pair = connected(AF_INET);
  char byte = 'x';
  std::array<iovec, 1025> parts{};
  parts.fill({&byte, 1});
  EXPECT_THAT(writev(pair.client.get(), parts.data(), parts.size()), FailsWith(EINVAL));
  EXPECT_EQ(writev(pair.client.get(), parts.data(), 1024), 1024);
}

TEST(Messages, DatagramWithItsSender) {
  const Fd receiver = bound_socket(AF_INET, SOCK_DGRAM);
  const Fd sender = bound_socket(AF_INET, SOCK_DGRAM);
  Address to = local_address(receiver.get());
  std::string first = "to ";
  std::string second = "whom";
  std::array parts{part(first), part(second)};
  msghdr message{};
  message.msg_name = to.get();
  message.msg_namelen = to.length;
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ASSERT_EQ(sendmsg(sender.get(), &message, 0), 7);

  Address from;
  std::string place(4, ' ');
  std::array places{part(place)};
  msghdr received{};
  received.msg_name = from.get();
  received.msg_namelen = from.length;
  received.msg_iov = places.data();
  received.msg_iovlen = places.size();
  ASSERT_EQ(recvmsg(receiver.get(), &received, 0), 4);
  EXPECT_EQ(place, "to w");
  EXPECT_EQ(received.msg_flags & MSG_TRUNC, MSG_TRUNC);
  from.length = received.msg_namelen;
  EXPECT_EQ(from, local_address(sender.get()));
}

TEST(Messages, SeveralAtOnce) {
  const Fd receiver = bound_socket(AF_INET, SOCK_DGRAM);
  const Fd sender = bound_socket(AF_INET, SOCK_DGRAM);
  const Address to = local_address(receiver.get());
  ASSERT_THAT(connect(sender.get(), to.get(), to.length), Succeeds());
  std::array<std::string, 3> texts{"first", "the second", "third"};
  std::array<iovec, 3> parts{part(texts[0]), part(texts[1]), part(texts[2])};
  std::array<mmsghdr, 3> messages{};
  for (std::size_t i = 0; i < parts.size(); ++i)
    messages[i].msg_hdr = {nullptr, 0, &parts[i], 1, nullptr, 0, 0};
  ASSERT_EQ(sendmmsg(sender.get(), messages.data(), messages.size(), 0), 3);
  EXPECT_EQ(messages[1].msg_len, texts[1].size());

  std::array<std::string, 3> places;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    places[i].assign(32, ' ');
    parts[i] = part(places[i]);
  }
  ASSERT_EQ(recvmmsg(receiver.get(), messages.data(), messages.size(), 0, nullptr), 3);
  for (std::size_t i = 0; i < parts.size(); ++i)
    EXPECT_EQ(places[i].substr(0, messages[i].msg_len), texts[i]);
}

TEST(Messages, DestinationAddressOfADatagram) {
  const Fd receiver = bound_socket(AF_INET, SOCK_DGRAM);
  const Fd sender = bound_socket(AF_INET, SOCK_DGRAM);
  const int on = 1;
  ASSERT_THAT(setsockopt(receiver.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on), Succeeds());
  const Address to = local_address(receiver.get());
  ASSERT_EQ(sendto(sender.get(), "x", 1, 0, to.get(), to.length), 1);
  std::string place(4, ' ');
  std::array places{part(place)};
  alignas(cmsghdr) char control[256] = {};
  msghdr message{};
  message.msg_iov = places.data();
  message.msg_iovlen = places.size();
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ASSERT_EQ(recvmsg(receiver.get(), &message, 0), 1);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->cmsg_level, IPPROTO_IP);
  EXPECT_EQ(header->cmsg_type, IP_PKTINFO);
  in_pktinfo info{};
  std::memcpy(&info, CMSG_DATA(header), sizeof info);
  EXPECT_EQ(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
}

}  // namespace
}  // namespace farcall::conformance
