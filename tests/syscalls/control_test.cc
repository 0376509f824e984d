// Control messages of datagram sockets: what a packet asks for, and what is told about one.
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/uio.h>

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "support.h"

namespace farcall::conformance {
namespace {

/// Control messages, one behind another.
class Control {
 public:
  template <class T>
  Control& add(int level, int type, const T& value) {
    const std::size_t start = bytes_.size();
    bytes_.resize(start + CMSG_SPACE(sizeof value));
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(sizeof value);
    header.cmsg_level = level;
    header.cmsg_type = type;
    std::memcpy(&bytes_[start], &header, sizeof header);
    std::memcpy(&bytes_[start + sizeof header], &value, sizeof value);
    return *this;
  }
  std::span<char> bytes() { return bytes_; }

 private:
  std::vector<char> bytes_;
};

ssize_t send_with(int fd, const Address& to, Control control) {
  iovec part{const_cast<char*>("x"), 1};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(to.get());
  message.msg_namelen = to.length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes().data();
  message.msg_controllen = control.bytes().size();
  return sendmsg(fd, &message, 0);
}

/// NetBSD's kernel sends no control messages over IPv4. True when it refused these.
bool refused_by_netbsd(ssize_t sent) {
  if (!on_netbsd()) return false;
  EXPECT_THAT(sent, FailsWith(EINVAL));
  return true;
}

/// What came with one datagram.
struct Received {
  alignas(cmsghdr) std::array<char, 512> control{};
  Address from;
  msghdr message{};

  template <class T>
  std::optional<T> find(int level, int type) {
    for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
      if (at->cmsg_level != level || at->cmsg_type != type) continue;
      EXPECT_EQ(at->cmsg_len, CMSG_LEN(sizeof(T)));
      T value;
      std::memcpy(&value, CMSG_DATA(at), sizeof value);
      return value;
    }
    return std::nullopt;
  }
};

void receive(int fd, Received& into) {
  char byte = 0;
  iovec part{&byte, 1};
  into.message.msg_name = into.from.get();
  into.message.msg_namelen = into.from.length;
  into.message.msg_iov = &part;
  into.message.msg_iovlen = 1;
  into.message.msg_control = into.control.data();
  into.message.msg_controllen = into.control.size();
  ASSERT_EQ(recvmsg(fd, &into.message, 0), 1);
  into.from.length = into.message.msg_namelen;
}

/// A receiver that is told everything.
Fd curious(int family) {
  Fd fd = bound_socket(family, SOCK_DGRAM);
  const auto want = [&](int level, int name) {
    const int on = 1;
    EXPECT_THAT(setsockopt(fd.get(), level, name, &on, sizeof on), Succeeds());
  };
  if (family == AF_INET) {
    want(IPPROTO_IP, IP_PKTINFO);
    want(IPPROTO_IP, IP_RECVTTL);
  } else {
    want(IPPROTO_IPV6, IPV6_RECVPKTINFO);
    want(IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
    want(IPPROTO_IPV6, IPV6_RECVTCLASS);
  }
  return fd;
}

unsigned loopback_index() { return if_nametoindex("lo") + if_nametoindex("lo0"); }

class Control4 : public ::testing::Test {
 protected:
  Fd receiver = curious(AF_INET);
  Fd sender{socket(AF_INET, SOCK_DGRAM, 0)};
  Address to = local_address(receiver.get());

  static in_pktinfo info(const char* source, int interface_index) {
    in_pktinfo result{};
    inet_pton(AF_INET, source, &result.ipi_spec_dst);
    result.ipi_ifindex = interface_index;
    return result;
  }
};

TEST_F(Control4, TimeToLiveOfOnePacket) {
  const ssize_t sent = send_with(sender.get(), to, Control().add(IPPROTO_IP, IP_TTL, 9));
  if (refused_by_netbsd(sent)) return;
  ASSERT_EQ(sent, 1);
  ASSERT_EQ(send_with(sender.get(), to, {}), 1);
  Received first;
  receive(receiver.get(), first);
  EXPECT_EQ(first.find<int>(IPPROTO_IP, IP_TTL), 9);
  Received second;
  receive(receiver.get(), second);
  EXPECT_EQ(second.find<int>(IPPROTO_IP, IP_TTL), 64);
}

TEST_F(Control4, SourceAndInterface) {
  const auto wanted = info("127.0.0.1", static_cast<int>(loopback_index()));
  ASSERT_EQ(send_with(sender.get(), to, Control().add(IPPROTO_IP, IP_PKTINFO, wanted)), 1);
  Received received;
  receive(receiver.get(), received);
  const auto told = received.find<in_pktinfo>(IPPROTO_IP, IP_PKTINFO);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
  EXPECT_EQ(told->ipi_ifindex, static_cast<int>(loopback_index()));
  EXPECT_EQ(received.from, loopback(AF_INET, local_address(sender.get()).port()));
}

// As chrony and dnsmasq answer.
TEST_F(Control4, AnAnswerComesFromWhereTheQuestionWent) {
  const Fd client = bound_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(sendto(client.get(), "q", 1, 0, to.get(), to.length), 1);
  Received question;
  receive(receiver.get(), question);
  const auto told = question.find<in_pktinfo>(IPPROTO_IP, IP_PKTINFO);
  ASSERT_TRUE(told.has_value());
  ASSERT_EQ(send_with(receiver.get(), question.from, Control().add(IPPROTO_IP, IP_PKTINFO, *told)),
            1);
  Received answer;
  receive(client.get(), answer);
  EXPECT_EQ(answer.from, to);
}

TEST_F(Control4, SeveralMessages) {
  Control control;
  control.add(IPPROTO_IP, IP_PKTINFO, info("0.0.0.0", 0)).add(IPPROTO_IP, IP_TTL, 200);
  control.add(IPPROTO_IP, IP_TOS, 0x10);
  const ssize_t sent = send_with(sender.get(), to, control);
  if (refused_by_netbsd(sent)) return;
  ASSERT_EQ(sent, 1);
  Received received;
  receive(receiver.get(), received);
  EXPECT_EQ(received.find<int>(IPPROTO_IP, IP_TTL), 200);
}

TEST_F(Control4, WhatIsNotThere) {
  const auto sent_with = [&](const in_pktinfo& wanted) {
    return send_with(sender.get(), to, Control().add(IPPROTO_IP, IP_PKTINFO, wanted));
  };
  if (refused_by_netbsd(sent_with(info("198.51.100.7", 0)))) return;
  EXPECT_THAT(sent_with(info("198.51.100.7", 0)), FailsWith(ENETUNREACH));
  EXPECT_THAT(sent_with(info("0.0.0.0", 999)), FailsWith(ENODEV));
}

TEST_F(Control4, BadOnesAreRefused) {
  const auto sent_with = [&](int type, auto value) {
    return send_with(sender.get(), to, Control().add(IPPROTO_IP, type, value));
  };
  EXPECT_THAT(sent_with(IP_TTL, 0), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(IP_TTL, 256), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(IP_TOS, 256), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(IP_PKTINFO, 'x'), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(9999, 1), FailsWith(EINVAL));
}

TEST_F(Control4, OfARawSocket) {
  const Fd raw(socket(AF_INET, SOCK_RAW, 253));
  if (!raw.valid()) GTEST_SKIP() << "raw sockets are the superuser's";
  const int on = 1;
  ASSERT_THAT(setsockopt(raw.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on), Succeeds());
  const ssize_t sent =
      send_with(raw.get(), loopback(AF_INET), Control().add(IPPROTO_IP, IP_TTL, 9));
  if (refused_by_netbsd(sent)) return;
  ASSERT_EQ(sent, 1);
  Received received;
  std::array<unsigned char, 64> packet{};
  iovec part{packet.data(), packet.size()};
  received.message.msg_iov = &part;
  received.message.msg_iovlen = 1;
  received.message.msg_control = received.control.data();
  received.message.msg_controllen = received.control.size();
  ASSERT_EQ(recvmsg(raw.get(), &received.message, 0), 21);
  EXPECT_EQ(packet[8], 9);  // the header's TTL
  EXPECT_TRUE(received.find<in_pktinfo>(IPPROTO_IP, IP_PKTINFO).has_value());
}

class Control6 : public ::testing::Test {
 protected:
  Fd receiver = curious(AF_INET6);
  Fd sender{socket(AF_INET6, SOCK_DGRAM, 0)};
  Address to = local_address(receiver.get());

  static in6_pktinfo info(const char* source, unsigned interface_index) {
    in6_pktinfo result{};
    inet_pton(AF_INET6, source, &result.ipi6_addr);
    result.ipi6_ifindex = interface_index;
    return result;
  }
};

TEST_F(Control6, HopLimitAndTrafficClassOfOnePacket) {
  Control control;
  control.add(IPPROTO_IPV6, IPV6_HOPLIMIT, 9).add(IPPROTO_IPV6, IPV6_TCLASS, 0x28);
  ASSERT_EQ(send_with(sender.get(), to, control), 1);
  ASSERT_EQ(send_with(sender.get(), to, {}), 1);
  Received first;
  receive(receiver.get(), first);
  EXPECT_EQ(first.find<int>(IPPROTO_IPV6, IPV6_HOPLIMIT), 9);
  EXPECT_EQ(first.find<int>(IPPROTO_IPV6, IPV6_TCLASS), 0x28);
  Received second;
  receive(receiver.get(), second);
  EXPECT_EQ(second.find<int>(IPPROTO_IPV6, IPV6_HOPLIMIT), 64);
  EXPECT_EQ(second.find<int>(IPPROTO_IPV6, IPV6_TCLASS), 0);
}

TEST_F(Control6, SourceAndInterface) {
  const auto wanted = info("::1", loopback_index());
  ASSERT_EQ(send_with(sender.get(), to, Control().add(IPPROTO_IPV6, IPV6_PKTINFO, wanted)), 1);
  Received received;
  receive(receiver.get(), received);
  const auto told = received.find<in6_pktinfo>(IPPROTO_IPV6, IPV6_PKTINFO);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(std::memcmp(&told->ipi6_addr, &in6addr_loopback, sizeof in6addr_loopback), 0);
  EXPECT_EQ(told->ipi6_ifindex, loopback_index());
  EXPECT_EQ(received.from, loopback(AF_INET6, local_address(sender.get()).port()));
}

TEST_F(Control6, WhatIsNotThere) {
  const auto sent_with = [&](const in6_pktinfo& wanted) {
    return send_with(sender.get(), to, Control().add(IPPROTO_IPV6, IPV6_PKTINFO, wanted));
  };
  EXPECT_THAT(sent_with(info("2001:db8::7", 0)), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(info("::", 999)), FailsWith(ENODEV));
}

TEST_F(Control6, BadOnesAreRefused) {
  const auto sent_with = [&](int type, auto value) {
    return send_with(sender.get(), to, Control().add(IPPROTO_IPV6, type, value));
  };
  EXPECT_THAT(sent_with(IPV6_HOPLIMIT, -2), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(IPV6_HOPLIMIT, 256), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(IPV6_TCLASS, 256), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(IPV6_PKTINFO, 'x'), FailsWith(EINVAL));
  EXPECT_THAT(sent_with(9999, 1), FailsWith(EINVAL));
}

TEST_F(Control6, ToAMappedAddress) {
  const Fd receiver4 = curious(AF_INET);
  const int off = 0;
  ASSERT_THAT(setsockopt(sender.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off), Succeeds());
  Address mapped = loopback(AF_INET6, local_address(receiver4.get()).port());
  auto* address = reinterpret_cast<sockaddr_in6*>(&mapped.storage);
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &address->sin6_addr);
  Control control;
  control.add(IPPROTO_IPV6, IPV6_PKTINFO, info("::ffff:127.0.0.1", 0)).add(IPPROTO_IP, IP_TTL, 7);
  ASSERT_EQ(send_with(sender.get(), mapped, control), 1);
  Received received;
  receive(receiver4.get(), received);
  EXPECT_EQ(received.find<int>(IPPROTO_IP, IP_TTL), on_netbsd() ? 64 : 7);
}

}  // namespace
}  // namespace farcall::conformance
