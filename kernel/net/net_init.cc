// Starting the stack, and the socket families that it offers.
#include "kernel/core/interfaces.h"
#include "kernel/core/socket.h"
#include "kernel/net/arriving.h"
#include "kernel/net/icmp_errors.h"
#include "kernel/net/loopback.h"
#include "kernel/net/net_sysctl.h"
#include "kernel/net/raw_socket.h"
#include "kernel/net/route_socket.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_socket.h"
#include "kernel/net/udp_socket.h"

namespace farcall::kernel {

namespace {

Result<Ref<Socket>> make_internet_socket(int domain, int type, int protocol) {
  switch (type) {
    case NB_SOCK_STREAM:
      if (protocol != 0 && protocol != NB_IPPROTO_TCP) return Error{NB_EPROTONOSUPPORT};
      return Ref<Socket>(new TcpSocket(domain));
    case NB_SOCK_DGRAM:
      if (protocol != 0 && protocol != NB_IPPROTO_UDP) return Error{NB_EPROTONOSUPPORT};
      return UdpSocket::create(domain);
    case NB_SOCK_RAW:
      return RawSocket::create(domain, protocol);
    default:
      return Error{NB_EPROTONOSUPPORT};
  }
}

Result<Ref<Socket>> make_inet(int type, int protocol) {
  return make_internet_socket(NB_AF_INET, type, protocol);
}

Result<Ref<Socket>> make_inet6(int type, int protocol) {
  return make_internet_socket(NB_AF_INET6, type, protocol);
}

}  // namespace

Result<void> net_init() {
  stack_init();
  FARCALL_TRY(loopback_create());
  FARCALL_TRY(icmp_errors_init());
  FARCALL_TRY(arriving_init());
  socket_register_family(NB_AF_INET, make_inet);
  socket_register_family(NB_AF_INET6, make_inet6);
  socket_register_family(NB_AF_ROUTE, RouteSocket::create);
  net_sysctl_init();
  return {};
}

}  // namespace farcall::kernel
