#include "support.h"

#include <netinet/tcp.h>
#include <poll.h>

#include <cstdlib>
#include <string_view>

namespace farcall::conformance {
namespace {

void send_at_once(int fd) {
  const int on = 1;
  EXPECT_THAT(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), Succeeds());
}

}  // namespace

std::uint16_t Address::port() const {
  if (storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
}

bool operator==(const Address& a, const Address& b) {
  return a.length == b.length && std::memcmp(&a.storage, &b.storage, a.length) == 0;
}

Address loopback(int family, std::uint16_t port) {
  Address address;
  if (family == AF_INET) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.length = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_loopback;
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.length = sizeof v6;
  }
  return address;
}

Address local_address(int fd) {
  Address address;
  EXPECT_THAT(getsockname(fd, address.get(), &address.length), Succeeds());
  return address;
}

Address peer_address(int fd) {
  Address address;
  EXPECT_THAT(getpeername(fd, address.get(), &address.length), Succeeds());
  return address;
}

Fd bound_socket(int family, int type) {
  Fd fd(socket(family, type, 0));
  EXPECT_TRUE(fd.valid()) << std::strerror(errno);
  const Address address = loopback(family);
  EXPECT_THAT(bind(fd.get(), address.get(), address.length), Succeeds());
  if (type == SOCK_STREAM) {
    EXPECT_THAT(listen(fd.get(), 16), Succeeds());
  }
  return fd;
}

Pipe make_pipe() {
  int ends[2] = {-1, -1};
  EXPECT_THAT(pipe(ends), Succeeds());
  return {Fd(ends[0]), Fd(ends[1])};
}

Pair connected(int family) {
  const Fd listener = bound_socket(family, SOCK_STREAM);
  const Address address = local_address(listener.get());
  Pair pair{Fd(socket(family, SOCK_STREAM, 0)), Fd()};
  EXPECT_THAT(connect(pair.client.get(), address.get(), address.length), Succeeds());
  pair.server = Fd(accept(listener.get(), nullptr, nullptr));
  EXPECT_TRUE(pair.server.valid()) << std::strerror(errno);
  send_at_once(pair.client.get());
  send_at_once(pair.server.get());
  return pair;
}

void send_all(int fd, const std::string& data) {
  std::size_t sent = 0;
  while (sent < data.size()) {
    const ssize_t count = send(fd, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
    if (count < 0) {
      ADD_FAILURE() << "send: " << std::strerror(errno);
      return;
    }
    sent += static_cast<std::size_t>(count);
  }
}

std::string read_to_end(int fd) {
  std::string data;
  char buffer[1 << 16];
  ssize_t count = 0;
  while ((count = read(fd, buffer, sizeof buffer)) > 0)
    data.append(buffer, static_cast<std::size_t>(count));
  EXPECT_EQ(count, 0) << std::strerror(errno);
  return data;
}

bool on_netbsd() {
  const char* kernel = std::getenv("KERNEL");
  return kernel != nullptr && std::string_view(kernel) == "netbsd";
}

short wait_for(int fd, short events) {
  pollfd entry{fd, events, 0};
  EXPECT_EQ(poll(&entry, 1, 10'000), 1);
  return entry.revents;
}

}  // namespace farcall::conformance
