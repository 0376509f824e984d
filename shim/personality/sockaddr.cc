#include "personality/sockaddr.h"

#include "personality/netbsd.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "personality/memory.h"

namespace farcall::personality {
namespace {

constexpr socklen_t kSmallestIn6 = offsetof(sockaddr_in6, sin6_scope_id);
constexpr std::size_t kUnixHeader = offsetof(sockaddr_un, sun_path);

template <class T>
KernelAddress pack(T value) {
  static_assert(sizeof(T) <= KernelAddress::kMax);
  KernelAddress result;
  result.size = sizeof(T);
  std::memcpy(result.bytes, &value, sizeof(T));
  return result;
}

KernelAddress from_unspec() {
  netbsd::sockaddr address = {};
  address.sa_len = sizeof address;
  address.sa_family = NB_AF_UNSPEC;
  return pack(address);
}

Result<KernelAddress> from_in(const sockaddr* source, socklen_t length) {
  if (length < sizeof(sockaddr_in)) return Error{EINVAL};
  sockaddr_in in;
  std::memcpy(&in, source, sizeof in);
  netbsd::sockaddr_in address = {};
  address.sin_len = sizeof address;
  address.sin_family = NB_AF_INET;
  address.sin_port = in.sin_port;
  address.sin_addr.s_addr = in.sin_addr.s_addr;
  return pack(address);
}

Result<KernelAddress> from_in6(const sockaddr* source, socklen_t length) {
  if (length < kSmallestIn6) return Error{EINVAL};
  sockaddr_in6 in6 = {};
  std::memcpy(&in6, source, std::min<std::size_t>(length, sizeof in6));
  netbsd::sockaddr_in6 address = {};
  address.sin6_len = sizeof address;
  address.sin6_family = NB_AF_INET6;
  address.sin6_port = in6.sin6_port;
  address.sin6_flowinfo = in6.sin6_flowinfo;
  std::memcpy(&address.sin6_addr, &in6.sin6_addr, sizeof address.sin6_addr);
  address.sin6_scope_id = in6.sin6_scope_id;
  return pack(address);
}

Result<KernelAddress> from_unix(const sockaddr* source, socklen_t length) {
  if (length > sizeof(sockaddr_un) || length <= kUnixHeader) return Error{EINVAL};
  const char* path = reinterpret_cast<const char*>(source) + kUnixHeader;
  const std::size_t size = strnlen(path, length - kUnixHeader);
  if (size == 0) return Error{EINVAL};
  netbsd::sockaddr_un address = {};
  if (size >= sizeof address.sun_path) return Error{ENAMETOOLONG};
  address.sun_family = NB_AF_UNIX;
  std::memcpy(address.sun_path, path, size);
  const std::size_t total = offsetof(netbsd::sockaddr_un, sun_path) + size + 1;
  address.sun_len = static_cast<unsigned char>(total);
  KernelAddress result = pack(address);
  result.size = static_cast<unsigned>(total);
  return result;
}

template <class T>
T take(const void* source, std::size_t size) {
  T value = {};
  std::memcpy(&value, source, std::min(size, sizeof value));
  return value;
}

template <class T>
LinuxAddress finish(const T& value, std::size_t size = sizeof(T)) {
  LinuxAddress result;
  std::memcpy(&result.storage, &value, sizeof value);
  result.size = static_cast<socklen_t>(size);
  return result;
}

LinuxAddress to_in(const void* source, std::size_t size) {
  const auto from = take<netbsd::sockaddr_in>(source, size);
  sockaddr_in in = {};
  in.sin_family = AF_INET;
  in.sin_port = from.sin_port;
  in.sin_addr.s_addr = from.sin_addr.s_addr;
  return finish(in);
}

LinuxAddress to_in6(const void* source, std::size_t size) {
  const auto from = take<netbsd::sockaddr_in6>(source, size);
  sockaddr_in6 in6 = {};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = from.sin6_port;
  in6.sin6_flowinfo = from.sin6_flowinfo;
  std::memcpy(&in6.sin6_addr, &from.sin6_addr, sizeof in6.sin6_addr);
  in6.sin6_scope_id = from.sin6_scope_id;
  return finish(in6);
}

LinuxAddress to_unix(const void* source, std::size_t size) {
  const auto from = take<netbsd::sockaddr_un>(source, size);
  const std::size_t room = std::min(size, sizeof from) - offsetof(netbsd::sockaddr_un, sun_path);
  const std::size_t path = strnlen(from.sun_path, room);
  sockaddr_un un = {};
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, from.sun_path, path);
  return finish(un, path == 0 ? kUnixHeader : kUnixHeader + path + 1);
}

}  // namespace

Result<KernelAddress> address_to_netbsd(const sockaddr* address, socklen_t length) {
  if (length > sizeof(sockaddr_storage) || length < sizeof(sa_family_t)) return Error{EINVAL};
  sockaddr_storage copy = {};
  if (!load(&copy, address, length)) return Error{EFAULT};
  const auto* given = reinterpret_cast<const sockaddr*>(&copy);
  switch (copy.ss_family) {
    case AF_UNSPEC:
      return from_unspec();
    case AF_INET:
      return from_in(given, length);
    case AF_INET6:
      return from_in6(given, length);
    case AF_UNIX:
      return from_unix(given, length);
    default:
      return Error{EAFNOSUPPORT};
  }
}

LinuxAddress address_to_linux(const void* netbsd_address, std::size_t size) {
  if (size == 0) return {};
  const int family = size < 2 ? NB_AF_UNSPEC : static_cast<const unsigned char*>(netbsd_address)[1];
  switch (family) {
    case NB_AF_INET:
      return to_in(netbsd_address, size);
    case NB_AF_INET6:
      return to_in6(netbsd_address, size);
    case NB_AF_UNIX:
      return to_unix(netbsd_address, size);
    default:
      return finish(sa_family_t{AF_UNSPEC});
  }
}

long check_length(const socklen_t* length) {
  int value = 0;
  if (!load_value(value, length)) return -EFAULT;
  return value < 0 ? -EINVAL : value;
}

long store_address(const LinuxAddress& from, sockaddr* address, socklen_t* length) {
  const long room = check_length(length);
  if (room < 0) return room;
  const std::size_t part = std::min<std::size_t>(static_cast<std::size_t>(room), from.size);
  return store(address, &from.storage, part) && store_value(length, from.size) ? 0 : -EFAULT;
}

}  // namespace farcall::personality
