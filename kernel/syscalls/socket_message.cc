// The data of sockets: send(2) and recv(2) in all their forms.
#include <algorithm>

#include "kernel/core/uio.h"
#include "kernel/syscalls/socket_address.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kMaxControl = 16384;
constexpr std::uint32_t kMaxMessages = 1024;

UserAddress address_of(const void* pointer) { return reinterpret_cast<UserAddress>(pointer); }

Result<std::size_t> send(SocketRef& socket, SendRequest& request) {
  request.flags &= NB_MSG_USERFLAGS;
  auto sent = socket->send(request);
  raise_if_broken_pipe(sent, *socket.file, request.flags);
  return sent;
}

Result<std::size_t> send_message(SocketRef& socket, const netbsd::msghdr& message, int flags) {
  if (message.msg_iovlen < 0) return Error{NB_EMSGSIZE};
  if (message.msg_controllen > kMaxControl) return Error{NB_EINVAL};
  FARCALL_ASSIGN(auto uio, Uio::copyin_iovecs(address_of(message.msg_iov),
                                              static_cast<std::size_t>(message.msg_iovlen)));
  SocketAddress to;
  bool addressed = message.msg_name != nullptr && message.msg_namelen != 0;
  if (addressed) {
    FARCALL_ASSIGN(to, copyin_socket_address(address_of(message.msg_name), message.msg_namelen));
  }
  std::vector<std::byte> control(message.msg_control == nullptr ? 0 : message.msg_controllen);
  FARCALL_TRY(copyin(address_of(message.msg_control), control.data(), control.size()));
  SendRequest request{&uio, flags, addressed ? &to : nullptr, control};
  return send(socket, request);
}

// Puts name, control messages and flags into the process's memory and their lengths into `message`.
Result<void> return_message(const ReceiveRequest& request, netbsd::msghdr& message) {
  FARCALL_ASSIGN(
      message.msg_namelen,
      copyout_socket_address(request.from, address_of(message.msg_name), message.msg_namelen));
  message.msg_flags = request.result_flags;
  if (request.control.size() > request.control_room) message.msg_flags |= NB_MSG_CTRUNC;
  std::size_t size = std::min(request.control_room, request.control.size());
  message.msg_controllen = static_cast<unsigned>(size);
  return copyout(request.control.data(), address_of(message.msg_control), size);
}

Result<std::size_t> receive_message(SocketRef& socket, netbsd::msghdr& message, int flags) {
  if (message.msg_iovlen < 0) return Error{NB_EMSGSIZE};
  FARCALL_ASSIGN(auto uio, Uio::copyin_iovecs(address_of(message.msg_iov),
                                              static_cast<std::size_t>(message.msg_iovlen)));
  ReceiveRequest request{&uio, flags & NB_MSG_USERFLAGS, {}, {}};
  if (message.msg_control != nullptr) request.control_room = message.msg_controllen;
  FARCALL_ASSIGN(auto received, socket->receive(request));
  FARCALL_TRY(return_message(request, message));
  return received;
}

// One element of sendmmsg or recvmmsg: move it, and say in it how much.
template <class Move>
Result<void> run_element(SocketRef& socket, UserAddress address, int flags, Move move) {
  FARCALL_ASSIGN(auto element, copyin_value<netbsd::mmsghdr>(address));
  netbsd::msghdr header;
  static_assert(sizeof header == sizeof element.msg_hdr);
  __builtin_memcpy(&header, &element.msg_hdr, sizeof header);
  FARCALL_ASSIGN(auto size, move(socket, header, flags));
  __builtin_memcpy(&element.msg_hdr, &header, sizeof header);
  element.msg_len = static_cast<unsigned>(size);
  return copyout_value(element, address);
}

}  // namespace

SyscallResult sys_sendto(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  if (args.address(2) > kMaxTransfer) return Error{NB_EINVAL};
  Uio uio = Uio::single(args.address(1), args.address(2));
  SocketAddress to;
  bool addressed = args.address(4) != 0;
  if (addressed) {
    FARCALL_ASSIGN(to, copyin_socket_address(args.address(4), args.address(5) & 0xffffffff));
  }
  SendRequest request{&uio, args.integer(3), addressed ? &to : nullptr, {}};
  return counted(send(socket, request));
}

SyscallResult sys_recvfrom(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  if (args.address(2) > kMaxTransfer) return Error{NB_EINVAL};
  Uio uio = Uio::single(args.address(1), args.address(2));
  ReceiveRequest request{&uio, args.integer(3) & NB_MSG_USERFLAGS, {}, {}};
  FARCALL_ASSIGN(auto received, socket->receive(request));
  FARCALL_TRY(return_socket_address(request.from, args.address(4), args.address(5)));
  return Returned(static_cast<std::int64_t>(received));
}

SyscallResult sys_sendmsg(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  FARCALL_ASSIGN(auto message, copyin_value<netbsd::msghdr>(args.address(1)));
  return counted(send_message(socket, message, args.integer(2)));
}

SyscallResult sys_recvmsg(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  FARCALL_ASSIGN(auto message, copyin_value<netbsd::msghdr>(args.address(1)));
  FARCALL_ASSIGN(auto received, receive_message(socket, message, args.integer(2)));
  FARCALL_TRY(copyout_value(message, args.address(1)));
  return Returned(static_cast<std::int64_t>(received));
}

SyscallResult sys_sendmmsg(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  auto count = std::min(static_cast<std::uint32_t>(args.address(2)), kMaxMessages);
  std::uint32_t sent = 0;
  for (; sent < count; ++sent) {
    UserAddress element = args.address(1) + sent * sizeof(netbsd::mmsghdr);
    auto result = run_element(socket, element, args.integer(3), send_message);
    if (!result.ok() && sent == 0) return result.error();
    if (!result.ok()) break;
  }
  return Returned(sent);
}

// Between two messages the timeout is looked at, as NetBSD does; it does not bound the wait for
// one.
SyscallResult sys_recvmmsg(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  auto count = std::min(static_cast<std::uint32_t>(args.address(2)), kMaxMessages);
  Deadline deadline;
  if (args.address(4) != 0) {
    FARCALL_ASSIGN(auto timeout, copyin_value<netbsd::timespec>(args.address(4)));
    FARCALL_ASSIGN(auto wait, to_nanoseconds(timeout));
    deadline = deadline_after(wait);
  }
  int flags = args.integer(3);
  std::uint32_t received = 0;
  while (received < count) {
    UserAddress element = args.address(1) + received * sizeof(netbsd::mmsghdr);
    auto result = run_element(socket, element, flags & ~NB_MSG_WAITFORONE, receive_message);
    if (!result.ok() && received == 0) return result.error();
    if (!result.ok()) break;
    ++received;
    if ((flags & NB_MSG_WAITFORONE) != 0) flags |= NB_MSG_DONTWAIT;
    if (deadline && monotonic_now() >= *deadline) break;
  }
  return Returned(received);
}

}  // namespace farcall::kernel
