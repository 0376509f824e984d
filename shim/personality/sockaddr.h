// Socket addresses: Linux's begin with a 16-bit family, NetBSD's with a length and an 8-bit family.
// Pure functions.
#pragma once

#include <sys/socket.h>

#include <cstddef>

#include "farcall/result.h"

namespace farcall::personality {

/// An address in NetBSD's layout.
struct KernelAddress {
  static constexpr std::size_t kMax = 128;
  alignas(8) unsigned char bytes[kMax] = {};
  unsigned size = 0;

  [[nodiscard]] int family() const { return size < 2 ? 0 : bytes[1]; }
};

/// An address in Linux's layout.
struct LinuxAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

/// `address` as connect(2) and its like take it. Linux errno: EFAULT for memory that cannot be
/// read, EINVAL for a length that does not fit the family, EAFNOSUPPORT for a family that this
/// library does not know, ENAMETOOLONG for a local path over NetBSD's 103 bytes. Abstract local
/// names do not exist on NetBSD: EINVAL. AF_UNSPEC is an empty address of that family.
Result<KernelAddress> address_to_netbsd(const sockaddr* address, socklen_t length);

/// The address that a kernel wrote: `size` bytes are looked at, whatever the address says of
/// itself. An unknown family gives a Linux address of AF_UNSPEC and size 2; no bytes at all give
/// size 0.
LinuxAddress address_to_linux(const void* netbsd_address, std::size_t size);

/// What the program says of its room: its size, or -EFAULT or -EINVAL.
long check_length(const socklen_t* length);

/// Hands `from` to the program as getsockname(2) does: as much as fits, and the true length. 0 or a
/// negative errno.
long store_address(const LinuxAddress& from, sockaddr* address, socklen_t* length);

}  // namespace farcall::personality
