#include "kernel/ipc/local.h"

#include "kernel/ipc/local_datagram.h"
#include "kernel/ipc/local_stream.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

Result<Ref<Socket>> create(int type, int protocol) {
  if (protocol != 0) return Error{NB_EPROTONOSUPPORT};
  switch (type) {
    case NB_SOCK_STREAM:
      return Ref<Socket>(make_ref<LocalStream>());
    case NB_SOCK_DGRAM:
      return Ref<Socket>(make_ref<LocalDatagram>());
    default:
      return Error{NB_ESOCKTNOSUPPORT};
  }
}

}  // namespace

void local_init() { socket_register_family(NB_AF_LOCAL, create); }

Result<SocketPair> local_pair(int domain, int type, int protocol) {
  if (domain != NB_AF_LOCAL) {
    bool known = domain == NB_AF_INET || domain == NB_AF_INET6;
    return Error{known ? NB_EOPNOTSUPP : NB_EAFNOSUPPORT};
  }
  FARCALL_ASSIGN(auto one, create(type, protocol));
  FARCALL_ASSIGN(auto other, create(type, protocol));
  if (type == NB_SOCK_STREAM) {
    LocalStream::join(static_cast<LocalStream&>(*one), static_cast<LocalStream&>(*other));
  } else {
    LocalDatagram::join(static_cast<LocalDatagram&>(*one), static_cast<LocalDatagram&>(*other));
  }
  return SocketPair(one, other);
}

}  // namespace farcall::kernel
