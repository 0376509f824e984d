// The control messages that come with a received packet.
#pragma once

#include <cstddef>
#include <vector>

namespace farcall::kernel {

class Datagram;
struct SocketOptions;

/// Those that `options` ask for, laid out as NetBSD's cmsghdrs.
std::vector<std::byte> control_messages(const Datagram& datagram, const SocketOptions& options);

}  // namespace farcall::kernel
