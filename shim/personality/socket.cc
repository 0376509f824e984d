// Sockets: making, naming and connecting them.
#include "personality/netbsd.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>

#include "personality/call.h"
#include "personality/descriptor_kind.h"
#include "personality/flags.h"
#include "personality/personality.h"
#include "personality/sockaddr.h"
#include "personality/socket_query.h"

namespace farcall::personality {
namespace {

/// NetBSD's IPv6 sockets refuse IPv4 unless asked; Linux's take both. A kernel that cannot do both
/// still has a good IPv6 socket, so a refusal is not an error.
void accept_ipv4_too(int kfd) {
  const int off = 0;
  call(NB_SYS_setsockopt, kfd, NB_IPPROTO_IPV6, NB_IPV6_V6ONLY, &off, sizeof off);
}

/// Linux's sockets of IPPROTO_RAW send packets with their headers; NetBSD's must be told to.
void remember_socket(int kfd, int domain, int type, int protocol) {
  if (domain != AF_INET || type != SOCK_RAW) return remember_kind(kfd, DescriptorKind::other);
  remember_kind(kfd, DescriptorKind::raw_ipv4);
  const int on = 1;
  if (protocol == IPPROTO_RAW) personality::setsockopt(kfd, IPPROTO_IP, IP_HDRINCL, &on, sizeof on);
}

/// connect(2) to AF_UNSPEC forgets the peer. NetBSD forgets it too, and then says that it does not
/// know the family.
Sysret dissolve(int kfd, const KernelAddress& nowhere) {
  const Sysret result = call(NB_SYS_connect, kfd, nowhere.bytes, nowhere.size);
  return result == -EAFNOSUPPORT || result == -EINVAL || result == -EADDRNOTAVAIL ? 0 : result;
}

/// On Linux a TCP socket that does not wait is never connected when connect(2) returns, and
/// programs (Java's selectors) wait for it to become so.
bool goes_on_connecting(int kfd, const KernelAddress& to) {
  if (to.family() != NB_AF_INET && to.family() != NB_AF_INET6) return false;
  const Sysret flags = call(NB_SYS_fcntl, kfd, NB_F_GETFL, 0);
  return flags > 0 && (flags & NB_O_NONBLOCK) != 0 && socket_type(kfd) == SOCK_STREAM;
}

/// getsockname, getpeername: the kernel's address, stored as the program wants it.
Sysret get_address(int number, int kfd, sockaddr* address, socklen_t* length) {
  if (const long room = check_length(length); room < 0) return room;
  KernelAddress name;
  name.size = KernelAddress::kMax;
  const Sysret result = call(number, kfd, name.bytes, &name.size);
  if (result < 0) return result;
  const std::size_t size = std::min<std::size_t>(name.size, KernelAddress::kMax);
  return store_address(address_to_linux(name.bytes, size), address, length);
}

}  // namespace

Sysret socket(int domain, int type, int protocol) {
  const auto arguments = socket_arguments_to_netbsd(domain, type, protocol);
  if (!arguments) return -arguments.code();
  const Sysret kfd = call(NB_SYS_socket30, arguments->domain, arguments->type, arguments->protocol);
  const bool can_be_dual = domain == AF_INET6 && (type & 0xf) != SOCK_RAW;
  if (kfd < 0) return kfd;
  if (can_be_dual) accept_ipv4_too(static_cast<int>(kfd));
  remember_socket(static_cast<int>(kfd), domain, type & 0xf, protocol);
  return kfd;
}

Sysret socketpair(int domain, int type, int protocol, int kfds[2]) {
  const auto arguments = socket_arguments_to_netbsd(domain, type, protocol);
  if (!arguments) return -arguments.code();
  if (domain != AF_UNIX) return -EOPNOTSUPP;
  if (kfds == nullptr) return -EFAULT;
  const Sysret result =
      call(NB_SYS_socketpair, arguments->domain, arguments->type, arguments->protocol, kfds);
  if (result < 0) return result;
  remember_kind(kfds[0], DescriptorKind::other);
  remember_kind(kfds[1], DescriptorKind::other);
  return result;
}

Sysret accept4(int kfd, sockaddr* address, socklen_t* length, int flags) {
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return -EINVAL;
  if (address != nullptr) {
    if (const long room = check_length(length); room < 0) return room;
  }
  KernelAddress peer;
  peer.size = KernelAddress::kMax;
  // paccept, because accept would hand on the listener's O_NONBLOCK, which Linux does not.
  const int netbsd_flags = (flags & SOCK_NONBLOCK) != 0 ? NB_SOCK_NONBLOCK : 0;
  const Sysret accepted = call(NB_SYS_paccept, kfd, peer.bytes, &peer.size, nullptr, netbsd_flags);
  if (accepted < 0) return accepted;
  remember_kind(static_cast<int>(accepted), DescriptorKind::other);
  if (address == nullptr) return accepted;
  const std::size_t size = std::min<std::size_t>(peer.size, KernelAddress::kMax);
  store_address(address_to_linux(peer.bytes, size), address, length);
  return accepted;
}

Sysret bind(int kfd, const sockaddr* address, socklen_t length) {
  const auto name = address_to_netbsd(address, length);
  if (!name) return -name.code();
  if (name->family() == NB_AF_UNSPEC) return -EAFNOSUPPORT;
  return call(NB_SYS_bind, kfd, name->bytes, name->size);
}

Sysret connect(int kfd, const sockaddr* address, socklen_t length) {
  const auto name = address_to_netbsd(address, length);
  if (!name) return -name.code();
  if (name->family() == NB_AF_UNSPEC) return dissolve(kfd, *name);
  const Sysret result = call(NB_SYS_connect, kfd, name->bytes, name->size);
  return result == 0 && goes_on_connecting(kfd, *name) ? -EINPROGRESS : result;
}

Sysret listen(int kfd, int backlog) {
  // Linux reads the number as unsigned and takes at most net.core.somaxconn.
  const unsigned wanted = static_cast<unsigned>(backlog);
  return call(NB_SYS_listen, kfd, std::min<unsigned>(wanted, NB_SOMAXCONN));
}

Sysret shutdown(int kfd, int how) { return call(NB_SYS_shutdown, kfd, how); }

Sysret getsockname(int kfd, sockaddr* address, socklen_t* length) {
  return get_address(NB_SYS_getsockname, kfd, address, length);
}

Sysret getpeername(int kfd, sockaddr* address, socklen_t* length) {
  return get_address(NB_SYS_getpeername, kfd, address, length);
}

Sysret socket_family(int kfd) {
  KernelAddress name;
  name.size = KernelAddress::kMax;
  const Sysret result = call(NB_SYS_getsockname, kfd, name.bytes, &name.size);
  return result < 0 ? result : family_to_linux(name.family());
}

Sysret socket_type(int kfd) {
  int type = 0;
  std::uint32_t size = sizeof type;
  const Sysret result = call(NB_SYS_getsockopt, kfd, NB_SOL_SOCKET, NB_SO_TYPE, &type, &size);
  return result < 0 ? result : type;
}

}  // namespace farcall::personality
