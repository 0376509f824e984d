// IP headers on raw sockets. BSD's raw sockets show and take ip_len and ip_off in host order, and
// leave the header's own length out of a received ip_len; Linux has everything as it is on the
// wire. Pure functions.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "personality/personality.h"

namespace farcall::personality {

/// True when the first byte could be one of an IPv4 header: worth asking what kind of socket it is.
bool may_be_ipv4(std::span<const iovec> vectors, std::size_t size);

/// Puts the header of a received packet of `size` bytes into wire order. What does not fit is not
/// touched.
void fix_received_header(std::span<const iovec> vectors, std::size_t size);

/// A packet that is sent with its header, as NetBSD wants it. 0 or -EINVAL for one that has no
/// whole header, -EMSGSIZE for more than 65535 bytes.
Sysret packet_with_header(std::span<const iovec> vectors, std::vector<std::byte>& packet);

}  // namespace farcall::personality
