// What a kernel would answer, for tests: the messages of sysctl(NET_RT_…) and two usual interfaces.
#pragma once

#include "personality/netbsd.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace farcall::testing {

using Buffer = std::vector<std::byte>;

/// Appends raw bytes, filled up to a multiple of 8.
void append_padded(Buffer& out, const void* bytes, std::size_t size);

netbsd::sockaddr_in inet(const char* address);
netbsd::sockaddr_in6 inet6(const char* address);
/// A mask as the kernel keeps it: only as long as its ones, of family 0.
Buffer inet_mask(const char* mask);
Buffer inet6_mask(int prefix);

/// RTM_IFINFO.
void append_interface(Buffer& out, const char* name, unsigned index, int flags, int type,
                      const char* hardware);
/// RTM_NEWADDR.
void append_address(Buffer& out, unsigned index, const char* address, const char* mask,
                    const char* broadcast);
void append_address6(Buffer& out, unsigned index, const char* address, int prefix);

/// RTM_GET as NET_RT_DUMP has it; `gateway` as bytes of a sockaddr.
void append_route(Buffer& out, int flags, unsigned index, const Buffer& destination,
                  const Buffer& gateway, const Buffer& mask);

template <class T>
Buffer bytes_of(const T& value) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  return Buffer(first, first + sizeof value);
}

netbsd::sockaddr_dl link_address(unsigned index, const char* hardware);

/// lo0 (127.0.0.1/8, ::1, fe80::1) and virt0 (10.1.2.3/24 and 10.1.2.9/24, fd00::5/64), both up.
Buffer usual_interfaces();

}  // namespace farcall::testing
