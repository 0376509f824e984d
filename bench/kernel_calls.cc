#include "bench/kernel_calls.h"

#include <arpa/inet.h>

#include <iterator>
#include <string_view>

namespace farcall::bench {

BoundSocket::BoundSocket(Caller& caller, int type)
    : fd(static_cast<int>(kernel_call(caller, NB_SYS_socket30, NB_AF_INET, type, 0)[0])),
      address{} {
  address.sin_len = sizeof address;
  address.sin_family = NB_AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  unsigned length = sizeof address;
  kernel_call(caller, NB_SYS_bind, fd, &address, length);
  kernel_call(caller, NB_SYS_getsockname, fd, &address, &length);
}

Ends make_pipe(Caller& caller) {
  const Results ends = kernel_call(caller, NB_SYS_pipe);
  return {static_cast<int>(ends[0]), static_cast<int>(ends[1])};
}

Ends make_tcp_connection(Caller& caller) {
  BoundSocket listener(caller, NB_SOCK_STREAM);
  kernel_call(caller, NB_SYS_listen, listener.fd, 1);
  const long out = kernel_call(caller, NB_SYS_socket30, NB_AF_INET, NB_SOCK_STREAM, 0)[0];
  kernel_call(caller, NB_SYS_connect, out, &listener.address, sizeof listener.address);
  const char* no_address = nullptr;
  const long in = kernel_call(caller, NB_SYS_accept, listener.fd, no_address, no_address)[0];
  kernel_call(caller, NB_SYS_close, listener.fd);
  return {static_cast<int>(in), static_cast<int>(out)};
}

bool has_files(Caller& caller) {
  const int name[] = {NB_CTL_KERN, NB_KERN_VERSION};
  std::array<char, 256> version{};
  std::size_t size = version.size() - 1;
  const void* const none = nullptr;
  kernel_call(caller, NB_SYS___sysctl, name, std::size(name), version.data(), &size, none, 0);
  return std::string_view(version.data()).find("built-in kernel") == std::string_view::npos;
}

void read_all(Caller& caller, int fd, char* to, std::size_t size) {
  std::size_t have = 0;
  while (have < size) {
    const long count = kernel_call(caller, NB_SYS_read, fd, to + have, size - have)[0];
    if (count <= 0) throw Failure("the stream ended");
    have += static_cast<std::size_t>(count);
  }
}

}  // namespace farcall::bench
