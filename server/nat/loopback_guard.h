// Keeps a kernel from the host's own loopback.
#pragma once

#include <cstddef>
#include <span>

namespace farcall::server {

/// Whether an Ethernet frame of a kernel's goes to an address that means the host itself to it:
/// 127.0.0.0/8, 0.0.0.0/8, and IPv6's ::/8, which has ::, ::1 and IPv4's addresses in it. libslirp,
/// told to keep kernels from its loopback, keeps them from the gateway's ports only.
bool goes_to_loopback(std::span<const std::byte> frame);

}  // namespace farcall::server
