// Sockets but for their data: socket(2), bind(2), listen(2), accept(2), connect(2), names, options,
// shutdown(2).
#include <algorithm>

#include "kernel/ipc/local.h"
#include "kernel/syscalls/socket_address.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kMaxOption = 2048;
constexpr int kTypeFlags = NB_SOCK_CLOEXEC | NB_SOCK_NONBLOCK | NB_SOCK_NOSIGPIPE;

// A new socket under a descriptor; `flags` are those of socket(2)'s type.
Result<int> publish(const Ref<File>& file, int flags) {
  if ((flags & NB_SOCK_NONBLOCK) != 0) file->flags |= NB_O_NONBLOCK;
  if ((flags & NB_SOCK_NOSIGPIPE) != 0) file->flags |= NB_O_NOSIGPIPE;
  bool close_on_exec = (flags & NB_SOCK_CLOEXEC) != 0;
  file->open_reference();  // so that a socket for which there is no descriptor is closed
  auto fd = current_process().descriptors->allocate(file, 0, close_on_exec);
  file->close_reference();
  return fd;
}

SyscallResult accept_with(const Args& args, int flags) {
  if ((flags & ~kTypeFlags) != 0) return Error{NB_EINVAL};
  FARCALL_ASSIGN(auto listener, socket_of(args.integer(0)));
  SocketAddress peer;
  FARCALL_ASSIGN(auto connection, listener->accept(peer));
  connection->flags |= NB_O_RDWR;
  FARCALL_ASSIGN(int fd, publish(connection, flags));
  auto returned = return_socket_address(peer, args.address(1), args.address(2));
  if (!returned.ok()) {
    (void)current_process().descriptors->close(fd);
    return returned.error();
  }
  return Returned(fd);
}

SyscallResult return_name(const Args& args, const Result<SocketAddress>& name) {
  if (!name.ok()) return name.error();
  return done(return_socket_address(*name, args.address(1), args.address(2)));
}

// SO_NOSIGPIPE is the file's own, whatever the protocol.
bool is_no_sigpipe(int level, int name) {
  return level == NB_SOL_SOCKET && name == NB_SO_NOSIGPIPE;
}

Result<void> set_no_sigpipe(Socket& socket, std::span<const std::byte> value) {
  if (value.size() < sizeof(int)) return Error{NB_EINVAL};
  int on = 0;
  __builtin_memcpy(&on, value.data(), sizeof on);
  socket.flags = on != 0 ? socket.flags | NB_O_NOSIGPIPE : socket.flags & ~NB_O_NOSIGPIPE;
  return {};
}

Result<std::vector<std::byte>> option_value(Socket& socket, int level, int name) {
  if (!is_no_sigpipe(level, name)) return socket.get_option(level, name);
  int on = (socket.flags & NB_O_NOSIGPIPE) != 0 ? NB_SO_NOSIGPIPE : 0;
  std::vector<std::byte> value(sizeof on);
  __builtin_memcpy(value.data(), &on, sizeof on);
  return value;
}

}  // namespace

SyscallResult sys_socket30(const Args& args) {
  int type = args.integer(1);
  FARCALL_ASSIGN(auto socket,
                 socket_create(args.integer(0), type & ~NB_SOCK_FLAGS_MASK, args.integer(2)));
  FARCALL_ASSIGN(int fd, publish(socket, type));
  return Returned(fd);
}

SyscallResult sys_socketpair(const Args& args) {
  int type = args.integer(1);
  FARCALL_ASSIGN(auto pair,
                 local_pair(args.integer(0), type & ~NB_SOCK_FLAGS_MASK, args.integer(2)));
  auto& table = *current_process().descriptors;
  FARCALL_ASSIGN(int first, publish(pair.first, type));
  auto second = publish(pair.second, type);
  if (second.ok()) {
    int fds[2] = {first, *second};
    auto copied = copyout(fds, args.address(3), sizeof fds);
    if (copied.ok()) return Returned();
    (void)table.close(*second);
    second = copied.error();
  }
  (void)table.close(first);
  return second.error();
}

SyscallResult sys_bind(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  FARCALL_ASSIGN(auto address,
                 copyin_socket_address(args.address(1), args.address(2) & 0xffffffff));
  return done(socket->bind(address));
}

SyscallResult sys_connect(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  FARCALL_ASSIGN(auto address,
                 copyin_socket_address(args.address(1), args.address(2) & 0xffffffff));
  return done(socket->connect(address));
}

SyscallResult sys_listen(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  return done(socket->listen(std::clamp(args.integer(1), 0, NB_SOMAXCONN)));
}

SyscallResult sys_accept(const Args& args) { return accept_with(args, 0); }

// The signal mask of slot 3 is the client's own affair: signals reach a program on its side.
SyscallResult sys_paccept(const Args& args) { return accept_with(args, args.integer(4)); }

SyscallResult sys_getsockname(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  return return_name(args, socket->local_address());
}

SyscallResult sys_getpeername(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  return return_name(args, socket->peer_address());
}

SyscallResult sys_shutdown(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  int how = args.integer(1);
  if (how < NB_SHUT_RD || how > NB_SHUT_RDWR) return Error{NB_EINVAL};
  return done(socket->shutdown(how));
}

SyscallResult sys_setsockopt(const Args& args) {
  int level = args.integer(1), name = args.integer(2);
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  std::size_t size = args.address(4) & 0xffffffff;
  if (size > kMaxOption) return Error{NB_EINVAL};
  std::vector<std::byte> value(args.address(3) == 0 ? 0 : size);
  FARCALL_TRY(copyin(args.address(3), value.data(), value.size()));
  if (is_no_sigpipe(level, name)) return done(set_no_sigpipe(*socket.socket, value));
  return done(socket->set_option(level, name, value));
}

SyscallResult sys_getsockopt(const Args& args) {
  FARCALL_ASSIGN(auto socket, socket_of(args.integer(0)));
  std::uint32_t room = 0;
  if (args.address(3) != 0) {
    FARCALL_ASSIGN(room, copyin_value<std::uint32_t>(args.address(4)));
  }
  FARCALL_ASSIGN(auto value, option_value(*socket.socket, args.integer(1), args.integer(2)));
  if (args.address(3) == 0) return Returned();
  auto size = std::min(room, static_cast<std::uint32_t>(value.size()));
  FARCALL_TRY(copyout(value.data(), args.address(3), size));
  return done(copyout_value(size, args.address(4)));
}

}  // namespace farcall::kernel
