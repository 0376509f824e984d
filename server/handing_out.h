// Connections that a client gets from the server itself, since it cannot reach the server's socket
// any more (after chroot, setuid).
#pragma once

namespace farcall::server {

/// Where a connection comes from. What the host says of the peer of one that was handed out is
/// about the server itself.
enum class Origin { accepted, handed_out };

/// Makes a connection and sends one end of it over the client's socket `over`. Both ends are new,
/// and the server's is known to nobody else, so that it is like one that was accepted. The server's
/// end, or -1 with errno. Does not sleep.
int hand_out_connection(int over);

}  // namespace farcall::server
