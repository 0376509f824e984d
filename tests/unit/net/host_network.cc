#include "host_network.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace farcall::testing {

namespace {

constexpr int kPatience = 10'000;

union HostAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

HostAddress address_of(int family, const char* text, std::uint16_t port) {
  HostAddress address = {};
  address.any.sa_family = static_cast<sa_family_t>(family);
  void* field = family == AF_INET ? static_cast<void*>(&address.v4.sin_addr)
                                  : static_cast<void*>(&address.v6.sin6_addr);
  EXPECT_EQ(inet_pton(family, text, field), 1);
  address.v4.sin_port = htons(port);  // at the same place in both
  return address;
}

ifreq request_for(const char* device) {
  ifreq request = {};
  std::strncpy(request.ifr_name, device, sizeof request.ifr_name - 1);
  return request;
}

void set_address(const char* device, unsigned long command, const char* text) {
  const HostSocket socket(AF_INET, SOCK_DGRAM);
  ifreq request = request_for(device);
  request.ifr_addr = address_of(AF_INET, text, 0).any;
  EXPECT_EQ(ioctl(socket.fd(), command, &request), 0) << strerror(errno);
}

}  // namespace

bool enter_own_network() {
  return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

void host_up(const char* device) {
  const HostSocket socket(AF_INET, SOCK_DGRAM);
  ifreq request = request_for(device);
  request.ifr_flags = IFF_UP;
  EXPECT_EQ(ioctl(socket.fd(), SIOCSIFFLAGS, &request), 0) << strerror(errno);
}

void host_add_v4(const char* device, const char* address, const char* mask) {
  set_address(device, SIOCSIFADDR, address);
  set_address(device, SIOCSIFNETMASK, mask);
}

void host_add_v6(const char* device, const char* address, int prefix) {
  const HostSocket socket(AF_INET6, SOCK_DGRAM);
  in6_ifreq request = {};
  request.ifr6_addr = address_of(AF_INET6, address, 0).v6.sin6_addr;
  request.ifr6_prefixlen = static_cast<std::uint32_t>(prefix);
  request.ifr6_ifindex = static_cast<int>(if_nametoindex(device));
  EXPECT_EQ(ioctl(socket.fd(), SIOCSIFADDR, &request), 0) << strerror(errno);
}

HostSocket::HostSocket(int family, int type) : family_(family), fd_(socket(family, type, 0)) {
  EXPECT_GE(fd_, 0);
}

HostSocket::~HostSocket() { close(fd_); }

std::uint16_t HostSocket::bind(const char* address) {
  HostAddress name = address_of(family_, address, 0);
  EXPECT_EQ(::bind(fd_, &name.any, sizeof name), 0) << strerror(errno);
  socklen_t size = sizeof name;
  EXPECT_EQ(getsockname(fd_, &name.any, &size), 0);
  return ntohs(name.v4.sin_port);
}

void HostSocket::send_to(const std::string& data, const char* address, std::uint16_t port) {
  EXPECT_TRUE(try_send_to(data, address, port)) << strerror(errno);
}

bool HostSocket::try_send_to(const std::string& data, const char* address, std::uint16_t port) {
  const HostAddress to = address_of(family_, address, port);
  return sendto(fd_, data.data(), data.size(), 0, &to.any, sizeof to) ==
         static_cast<ssize_t>(data.size());
}

std::string HostSocket::receive() {
  pollfd entry = {fd_, POLLIN, 0};
  if (poll(&entry, 1, kPatience) != 1) return {};
  char data[2048];
  const ssize_t size = recv(fd_, data, sizeof data, 0);
  return size < 0 ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

}  // namespace farcall::testing
