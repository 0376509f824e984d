#include "kernel/core/socket.h"

#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

SocketFactory factories[NB_AF_MAX];

}  // namespace

Result<void> Socket::listen(int) { return Error{NB_EOPNOTSUPP}; }
Result<Ref<Socket>> Socket::accept(SocketAddress&) { return Error{NB_EOPNOTSUPP}; }

Result<std::size_t> Socket::read(Uio& uio) {
  ReceiveRequest request{.uio = &uio, .flags = 0, .from = {}, .control = {}};
  return receive(request);
}

Result<std::size_t> Socket::write(Uio& uio) {
  SendRequest request{.uio = &uio, .flags = 0, .to = nullptr, .control = {}};
  return send(request);
}

Result<netbsd::stat> Socket::stat() {
  netbsd::stat result{};
  result.st_mode = NB_S_IFSOCK | 0666;
  result.st_blksize = 65536;
  return result;
}

void socket_register_family(int family, SocketFactory factory) { factories[family] = factory; }

Result<Ref<Socket>> socket_create(int family, int type, int protocol) {
  if (family < 0 || family >= NB_AF_MAX || factories[family] == nullptr) {
    return Error{NB_EAFNOSUPPORT};
  }
  auto socket = factories[family](type, protocol);
  if (socket) (*socket)->flags = NB_O_RDWR;
  return socket;
}

}  // namespace farcall::kernel
