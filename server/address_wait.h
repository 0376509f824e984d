// Waiting for an interface's addresses: those that routers give, and until no neighbour has the
// same.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace farcall::server {

/// Waits until `interface` of the kernel whose symbols `kernel`, a handle of dlopen, finds has
/// `count` addresses of `family`, NB_AF_INET or NB_AF_INET6, that programs may use; those for the
/// link alone do not count. False: it has not when the time is up, or the kernel does not tell.
bool await_addresses(void* kernel, const std::string& interface, int family, std::size_t count,
                     std::chrono::seconds limit);

}  // namespace farcall::server
