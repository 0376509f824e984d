// Asking IPv6 routers for what they advertise (RFC 4861).
#pragma once

#include <string>

namespace farcall::server {

/// Sends a router solicitation from `interface` of the kernel whose symbols `kernel`, a handle of
/// dlopen, finds. A NetBSD errno.
int solicit_routers(void* kernel, const std::string& interface);

}  // namespace farcall::server
