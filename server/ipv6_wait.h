// Waiting for IPv6 addresses: those that routers give, and until no neighbour has the same.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace farcall::server {

/// Waits until `interface` of the kernel whose symbols `kernel`, a handle of dlopen, finds has
/// `count` IPv6 addresses beyond its link that may be used. False: it has not when the time is up,
/// or the kernel does not tell.
bool await_ipv6(void* kernel, const std::string& interface, std::size_t count,
                std::chrono::seconds limit);

}  // namespace farcall::server
