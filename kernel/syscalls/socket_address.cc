#include "kernel/syscalls/socket_address.h"

#include <algorithm>

#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kSmallest = 2;  // sa_len and sa_family
constexpr std::size_t kLargest = 255;

}  // namespace

Result<SocketAddress> copyin_socket_address(UserAddress address, std::size_t length) {
  if (length < kSmallest || length > kLargest) return Error{NB_EINVAL};
  SocketAddress result;
  FARCALL_TRY(copyin(address, result.data, length));
  result.size = length;
  result.data[0] = static_cast<std::byte>(length);
  return result;
}

Result<std::uint32_t> copyout_socket_address(const SocketAddress& from, UserAddress address,
                                             std::uint32_t room) {
  if (address == 0) return std::uint32_t{0};
  auto size = std::min(room, static_cast<std::uint32_t>(from.size));
  FARCALL_TRY(copyout(from.data, address, size));
  return size;
}

Result<void> return_socket_address(const SocketAddress& from, UserAddress address,
                                   UserAddress length_address) {
  if (address == 0) return {};
  FARCALL_ASSIGN(auto room, copyin_value<std::uint32_t>(length_address));
  FARCALL_ASSIGN(auto size, copyout_socket_address(from, address, room));
  return copyout_value(size, length_address);
}

}  // namespace farcall::kernel
