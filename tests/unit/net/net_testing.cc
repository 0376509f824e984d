#include "net_testing.h"

#include <arpa/inet.h>

namespace farcall::testing {

std::uint16_t Address::port() const {
  std::uint16_t port = 0;
  std::memcpy(&port, reinterpret_cast<const char*>(&storage) + 2, sizeof port);
  return ntohs(port);
}

Address Address::with_port(std::uint16_t port) const {
  Address result = *this;
  port = htons(port);
  std::memcpy(reinterpret_cast<char*>(&result.storage) + 2, &port, sizeof port);
  return result;
}

Address v4(const char* text, std::uint16_t port) {
  netbsd::sockaddr_in in = {};
  in.sin_len = sizeof in;
  in.sin_family = NB_AF_INET;
  EXPECT_EQ(inet_pton(AF_INET, text, &in.sin_addr), 1);
  Address address;
  address.length = sizeof in;
  std::memcpy(&address.storage, &in, sizeof in);
  return address.with_port(port);
}

Address v6(const char* text, std::uint16_t port) {
  netbsd::sockaddr_in6 in = {};
  in.sin6_len = sizeof in;
  in.sin6_family = NB_AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text, &in.sin6_addr), 1);
  Address address;
  address.length = sizeof in;
  std::memcpy(&address.storage, &in, sizeof in);
  return address.with_port(port);
}

int NetTest::open_socket(int domain, int type, int protocol) {
  const Outcome outcome = call(NB_SYS_socket30, domain, type, protocol);
  EXPECT_THAT(outcome, Succeeds());
  return static_cast<int>(outcome.value);
}

Outcome NetTest::bind(int fd, const Address& address) {
  return call(NB_SYS_bind, fd, &address.storage, address.length);
}

Outcome NetTest::connect(int fd, const Address& address) {
  return call(NB_SYS_connect, fd, &address.storage, address.length);
}

Outcome NetTest::accept(int fd, Address* peer) {
  Address unused;
  if (peer == nullptr) peer = &unused;
  peer->length = sizeof peer->storage;
  return call(NB_SYS_accept, fd, &peer->storage, &peer->length);
}

Outcome NetTest::send(int fd, std::string_view data, int flags) {
  return call(NB_SYS_sendto, fd, data.data(), data.size(), flags, nullptr, 0);
}

Outcome NetTest::send_to(int fd, std::string_view data, const Address& to) {
  return call(NB_SYS_sendto, fd, data.data(), data.size(), 0, &to.storage, to.length);
}

Outcome NetTest::receive(int fd, std::string& data, std::size_t size, int flags, Address* from) {
  Address unused;
  if (from == nullptr) from = &unused;
  from->length = sizeof from->storage;
  data.resize(size);
  const Outcome outcome =
      call(NB_SYS_recvfrom, fd, data.data(), size, flags, &from->storage, &from->length);
  data.resize(outcome.error == 0 ? static_cast<std::size_t>(outcome.value) : 0);
  return outcome;
}

Address NetTest::local_address(int fd) {
  Address address;
  address.length = sizeof address.storage;
  EXPECT_THAT(call(NB_SYS_getsockname, fd, &address.storage, &address.length), Succeeds());
  return address;
}

Outcome NetTest::set_int(int fd, int level, int name, int value) {
  return call(NB_SYS_setsockopt, fd, level, name, &value, sizeof value);
}

int NetTest::get_int(int fd, int level, int name) {
  int value = -1;
  unsigned length = sizeof value;
  EXPECT_THAT(call(NB_SYS_getsockopt, fd, level, name, &value, &length), Succeeds());
  return value;
}

void NetTest::set_nonblocking(int fd) {
  int on = 1;
  EXPECT_THAT(call(NB_SYS_ioctl, fd, NB_FIONBIO, &on), Succeeds());
}

short NetTest::poll_now(int fd, short events) {
  netbsd::pollfd entry = {};
  entry.fd = fd;
  entry.events = events;
  EXPECT_EQ(call(NB_SYS_poll, &entry, 1, 0).error, 0);
  return entry.revents;
}

short NetTest::poll_wait(int fd, short events) {
  netbsd::pollfd entry = {};
  entry.fd = fd;
  entry.events = events;
  EXPECT_THAT(call(NB_SYS_poll, &entry, 1, 10'000), Returns(1));
  return entry.revents;
}

NetTest::Listener NetTest::listen_at(const Address& address, int backlog) {
  const int fd = open_socket(address.storage.ss_family, NB_SOCK_STREAM);
  EXPECT_THAT(bind(fd, address), Succeeds());
  EXPECT_THAT(call(NB_SYS_listen, fd, backlog), Succeeds());
  return {fd, address.with_port(local_address(fd).port())};
}

NetTest::Pair NetTest::connect_through(const Listener& listener) {
  const int client = open_socket(listener.address.storage.ss_family, NB_SOCK_STREAM);
  EXPECT_THAT(connect(client, listener.address), Succeeds());
  const Outcome accepted = accept(listener.fd);
  EXPECT_THAT(accepted, Succeeds());
  return {client, static_cast<int>(accepted.value)};
}

}  // namespace farcall::testing
