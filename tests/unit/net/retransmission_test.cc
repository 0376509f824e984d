// TCP_INFO counts what was sent more than once, on a wire that loses segments and knows the truth.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <chrono>

#include "farcall/hypercall.h"
#include "lossy_wire.h"
#include "own_network.h"

namespace farcall::testing {
namespace {

constexpr char kTap[] = "farcall1";
constexpr auto kPatience = std::chrono::seconds(60);

/// A connection of the host's to `to`. Repeated: neither side uses an IPv6 address before it has
/// made sure of it.
int connect_host(const Address& to, int family, const char* address) {
  sockaddr_in6 name = {};
  name.sin6_family = static_cast<sa_family_t>(family);
  name.sin6_port = htons(to.port());
  auto* const v4_address = &reinterpret_cast<sockaddr_in&>(name).sin_addr;
  inet_pton(family, address, family == AF_INET6 ? static_cast<void*>(&name.sin6_addr) : v4_address);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  do {
    const int fd = socket(family, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return fd;
    close(fd);
  } while (std::chrono::steady_clock::now() < deadline);
  ADD_FAILURE() << strerror(errno);
  return -1;
}

class RetransmissionTest : public OwnNetworkTest {
 protected:
  void SetUp() override {
    OwnNetworkTest::SetUp();
    if (!own_network || wire != nullptr) return;
    wire = new LossyWire(kTap);  // as long as the kernel, which is the process's
    ASSERT_EQ(farcall_hypercall_register_names(
                  "lossy:", [](const char*, int) { return wire->kernel_end(); }, nullptr),
              0);
    ASSERT_EQ(rump_pub_netconfig_ifcreate("virt0"), 0);
    ASSERT_EQ(rump_pub_netconfig_ifsetlinkstr("virt0", "lossy:0"), 0);
    ASSERT_EQ(rump_pub_netconfig_ipv4_ifaddr_cidr("virt0", "10.0.0.2", 24), 0);
    ASSERT_EQ(rump_pub_netconfig_ipv6_ifaddr("virt0", "fd00:1::2", 64), 0);
    host_add_v4(kTap, "10.0.0.1", "255.255.255.0");
    host_up(kTap);
    host_add_v6(kTap, "fd00:1::1", 64);
  }

  struct Connection {
    int kernel, host;
  };
  static Connection connect_over(const Address& own, int family, const char* text) {
    const Listener listener = listen_at(own);
    const int host = connect_host(listener.address, family, text);
    return {static_cast<int>(accept(listener.fd).value), host};
  }

  static netbsd::tcp_info information(int fd) {
    netbsd::tcp_info info = {};
    unsigned size = sizeof info;
    EXPECT_THAT(call(NB_SYS_getsockopt, fd, NB_IPPROTO_TCP, NB_TCP_INFO, &info, &size), Succeeds());
    return info;
  }

  /// Sends `size` bytes to the host, which gets them as they are although the wire loses a segment;
  /// then the kernel and the wire have counted the same.
  void send_through_loss(const Connection& connection, std::size_t size, int lost) {
    wire->lose(lost);
    std::string data(size, '\0');
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i * 7 / 5);
    Caller sender(pid(),
                  [&] { return call(NB_SYS_write, connection.kernel, data.data(), data.size()); });
    std::string got(size, '\0');
    EXPECT_EQ(recv(connection.host, got.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
    EXPECT_THAT(sender.result(), Returns(size));
    EXPECT_EQ(got, data);
    EXPECT_GE(wire->repeated(), 1U);
    expect_true_count(connection.kernel);
    close(connection.host);
  }

  /// What the kernel has just sent may still be on the wire.
  static void expect_true_count(int fd) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (information(fd).tcpi_snd_rexmitpack != wire->repeated() &&
           std::chrono::steady_clock::now() < deadline) {
    }
    EXPECT_EQ(information(fd).tcpi_snd_rexmitpack, wire->repeated());
  }

  static inline LossyWire* wire = nullptr;
};

TEST_F(RetransmissionTest, WhatTheTimerSendsAgainIsCounted) {
  // Nothing follows that would tell of the loss.
  send_through_loss(connect_over(v4("10.0.0.2"), AF_INET, "10.0.0.2"), 100, 1);
}

TEST_F(RetransmissionTest, WhatTheTimerSendsAgainOfManyIsCounted) {
  send_through_loss(connect_over(v4("10.0.0.2"), AF_INET, "10.0.0.2"), 4000, 2);
}

TEST_F(RetransmissionTest, FastRetransmissionsAreCounted) {
  send_through_loss(connect_over(v4("10.0.0.2"), AF_INET, "10.0.0.2"), 200'000, 20);
}

TEST_F(RetransmissionTest, ThoseOverIpv6AreCounted) {
  send_through_loss(connect_over(v6("fd00:1::2"), AF_INET6, "fd00:1::2"), 200'000, 20);
}

TEST_F(RetransmissionTest, WithoutLossNothingIsCounted) {
  const Connection connection = connect_over(v4("10.0.0.2"), AF_INET, "10.0.0.2");
  wire->lose(0);
  EXPECT_THAT(send(connection.kernel, "data"), Returns(4));
  char data[4];
  EXPECT_EQ(recv(connection.host, data, sizeof data, MSG_WAITALL), 4);
  expect_true_count(connection.kernel);
  close(connection.host);
}

}  // namespace
}  // namespace farcall::testing
