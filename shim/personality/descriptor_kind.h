// Which kernel descriptors are raw IPv4 sockets: their packets need changes that no other data
// needs. And which are directories: NetBSD lets programs read those, Linux does not.
//
// Kept for descriptors that this process made; for others (inherited over exec) asked from the
// kernel once.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>

#include "personality/personality.h"

namespace farcall::personality {

enum class DescriptorKind : std::uint8_t {
  unknown,
  other,
  opened,  ///< by a name, for reading: a directory or not
  directory,
  locked,                ///< a file that this process has locked, so others use it too
  raw_ipv4,              ///< NetBSD's habits in received IP headers
  raw_ipv4_with_header,  ///< and in sent ones: IP_HDRINCL
};

/// To be called with every new descriptor, so that no kind outlives its descriptor.
void remember_kind(int kfd, DescriptorKind kind);
/// May ask the kernel; never `unknown`.
DescriptorKind kind_of(int kfd);

/// Of a file, after a lock has been taken.
void remember_locked(int kfd);

/// What a read says of a directory: -EISDIR, and 0 of all else. Asks the kernel once for a file
/// that was opened by this process.
Sysret directory_error(int kfd);

/// To be called with the result of every call that received: puts the header of a raw IPv4 packet
/// into wire order. Returns `result`.
Sysret received_packet(int kfd, std::span<const iovec> vectors, Sysret result);
/// True when the data is an IPv4 packet for a raw socket that sends headers: packet_with_header
/// must make it.
bool sends_header(int kfd, std::span<const iovec> vectors);

}  // namespace farcall::personality
