#include "kernel/ipc/local_socket.h"

#include <algorithm>
#include <cstring>

#include "kernel/ipc/byte_channel.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kPathOffset = offsetof(netbsd::sockaddr_un, sun_path);

struct Name {
  std::string path;
  LocalSocket* socket;
};

std::vector<Name>& names() {
  static auto* const instance =
      new std::vector<Name>;  // never destroyed: threads outlive exit handlers
  return *instance;
}

auto find_name(const std::string& path) {
  return std::find_if(names().begin(), names().end(),
                      [&](const Name& name) { return name.path == path; });
}

Result<std::string> path_of(const SocketAddress& address) {
  if (address.family() != NB_AF_LOCAL) return Error{NB_EAFNOSUPPORT};
  if (address.size <= kPathOffset || address.size > sizeof(netbsd::sockaddr_un)) {
    return Error{NB_EINVAL};
  }
  const char* path = reinterpret_cast<const char*>(address.data) + kPathOffset;
  std::string result(path, strnlen(path, address.size - kPathOffset));
  if (result.empty()) return Error{NB_ENOENT};
  return result;
}

SocketAddress address_of(const std::string& path) {
  SocketAddress address;
  address.size = kPathOffset + path.size() + (path.empty() ? 0 : 1);
  address.data[0] = static_cast<std::byte>(address.size);
  address.data[1] = static_cast<std::byte>(NB_AF_LOCAL);
  std::memcpy(address.data + kPathOffset, path.data(), path.size());
  return address;
}

}  // namespace

LocalSocket::LocalSocket(int type) : Socket(NB_AF_LOCAL, type, 0) { flags = NB_O_RDWR; }
LocalSocket::~LocalSocket() { unbind(); }

Result<void> LocalSocket::bind(const SocketAddress& address) {
  FARCALL_ASSIGN(auto path, path_of(address));
  if (!path_.empty()) return Error{NB_EINVAL};
  if (find_name(path) != names().end()) return Error{NB_EADDRINUSE};
  names().push_back({path, this});
  path_ = std::move(path);
  return {};
}

void LocalSocket::unbind() {
  if (path_.empty()) return;
  names().erase(find_name(path_));
  path_.clear();
}

Result<LocalSocket*> LocalSocket::find(const SocketAddress& address) const {
  FARCALL_ASSIGN(auto path, path_of(address));
  auto name = find_name(path);
  if (name == names().end()) return Error{NB_ENOENT};
  if (name->socket->type() != type()) return Error{NB_EPROTOTYPE};
  return name->socket;
}

Result<SocketAddress> LocalSocket::local_address() { return address_of(path_); }

// Sizes are fixed; a program may ask for others as for a hint.
Result<void> LocalSocket::set_option(int level, int name, std::span<const std::byte>) {
  if (level != NB_SOL_SOCKET) return Error{NB_ENOPROTOOPT};
  switch (name) {
    case NB_SO_SNDBUF:
    case NB_SO_RCVBUF:
    case NB_SO_REUSEADDR:
    case NB_SO_KEEPALIVE:
      return {};
    default:
      return Error{NB_ENOPROTOOPT};
  }
}

Result<std::vector<std::byte>> LocalSocket::get_option(int level, int name) {
  if (level != NB_SOL_SOCKET) return Error{NB_ENOPROTOOPT};
  int value = 0;
  switch (name) {
    case NB_SO_TYPE:
      value = type();
      break;
    case NB_SO_ERROR:
      break;
    case NB_SO_ACCEPTCONN:
      value = accepts_connections() ? NB_SO_ACCEPTCONN : 0;
      break;
    case NB_SO_SNDBUF:
    case NB_SO_RCVBUF:
      value = ByteChannel::kCapacity;
      break;
    default:
      return Error{NB_ENOPROTOOPT};
  }
  std::vector<std::byte> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

}  // namespace farcall::kernel
