// Control messages of sendmsg and recvmsg. Linux's header has 16 bytes with a 64-bit length,
// NetBSD's 12 and padding with a 32-bit length; data begins at 16 on both sides and messages are
// aligned to 8. Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "farcall/result.h"

namespace farcall::personality {

/// More is refused with ENOBUFS, as Linux refuses what exceeds net.core.optmem_max.
inline constexpr std::size_t kLargestControl = 20480;

/// The program's control messages for the kernel. Linux errno: EINVAL for a length that leaves the
/// buffer or a message that NetBSD cannot take, EOPNOTSUPP for SCM_RIGHTS and SCM_CREDENTIALS,
/// ENOBUFS for too much.
Result<std::vector<std::byte>> control_to_netbsd(std::span<const std::byte> control);

struct LinuxControl {
  std::size_t size = 0;    ///< bytes of `out` that were filled: the new msg_controllen
  bool truncated = false;  ///< MSG_CTRUNC: a message did not fit, wholly or partly
};
/// The kernel's control messages for the program. Malformed ones end the walk; kinds that Linux
/// lacks are left out.
LinuxControl control_to_linux(std::span<const std::byte> control, std::span<std::byte> out);

}  // namespace farcall::personality
