// A socket, of any family: what the socket calls (kernel/syscalls/socket.cc) ask of a protocol.
// Arguments are in kernel memory except for the data, which moves through a Uio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernel/core/file.h"

namespace farcall::kernel {

/// A socket address as NetBSD lays it out: sa_len, sa_family, then the family's own. Empty when
/// size is 0.
struct SocketAddress {
  static constexpr std::size_t kMax = 256;
  std::size_t size = 0;
  alignas(8) std::byte data[kMax] = {};

  template <class T>
  static SocketAddress from(const T& value) {
    static_assert(sizeof(T) <= kMax);
    SocketAddress address;
    address.size = sizeof(T);
    __builtin_memcpy(address.data, &value, sizeof(T));
    return address;
  }
  /// The family, AF_UNSPEC when there is no address.
  [[nodiscard]] int family() const { return size < 2 ? 0 : static_cast<int>(data[1]); }
};

/// One sendto or sendmsg.
struct SendRequest {
  Uio* uio;
  int flags;                           ///< NetBSD's MSG_*
  const SocketAddress* to;             ///< nullptr: none given
  std::span<const std::byte> control;  ///< NetBSD control messages, unchecked
};

/// One recvfrom or recvmsg.
struct ReceiveRequest {
  Uio* uio;
  int flags;                       ///< NetBSD's MSG_* as asked
  SocketAddress from;              ///< set by the socket
  std::vector<std::byte> control;  ///< set by the socket: whole NetBSD control messages
  int result_flags = 0;            ///< set by the socket: MSG_TRUNC, MSG_CTRUNC, MSG_EOR …
  std::size_t control_room = 0;    ///< what the caller takes of `control`
};

class Socket : public File {
 public:
  Socket(int domain, int type, int protocol) : domain_(domain), type_(type), protocol_(protocol) {}

  [[nodiscard]] int domain() const { return domain_; }
  [[nodiscard]] int type() const { return type_; }
  [[nodiscard]] int protocol() const { return protocol_; }
  Socket* as_socket() override { return this; }

  virtual Result<void> bind(const SocketAddress& address) = 0;
  virtual Result<void> listen(int backlog);
  /// A connected socket of the same kind, and the peer's address. Sleeps unless nonblocking()
  /// (NB_EWOULDBLOCK).
  virtual Result<Ref<Socket>> accept(SocketAddress& peer);
  /// Sleeps until connected unless nonblocking() (NB_EINPROGRESS); the connection goes on after
  /// NB_EINTR.
  virtual Result<void> connect(const SocketAddress& address) = 0;
  virtual Result<std::size_t> send(SendRequest& request) = 0;
  virtual Result<std::size_t> receive(ReceiveRequest& request) = 0;
  virtual Result<void> shutdown(int how) = 0;
  virtual Result<SocketAddress> local_address() = 0;
  /// NB_ENOTCONN when there is no peer.
  virtual Result<SocketAddress> peer_address() = 0;
  virtual Result<void> set_option(int level, int name, std::span<const std::byte> value) = 0;
  virtual Result<std::vector<std::byte>> get_option(int level, int name) = 0;

  Result<std::size_t> read(Uio& uio) final;   // receive without an address
  Result<std::size_t> write(Uio& uio) final;  // send without an address
  Result<netbsd::stat> stat() override;       // S_IFSOCK

 private:
  int domain_, type_, protocol_;
};

/// Makes a socket of one family; `type` is SOCK_STREAM … without flags. NB_EPROTONOSUPPORT,
/// NB_ESOCKTNOSUPPORT.
using SocketFactory = Result<Ref<Socket>> (*)(int type, int protocol);
/// Called while the kernel starts, once per family.
void socket_register_family(int family, SocketFactory factory);
/// NB_EAFNOSUPPORT when no such family was registered.
Result<Ref<Socket>> socket_create(int family, int type, int protocol);

}  // namespace farcall::kernel
