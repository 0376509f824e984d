// The wire of sysproxy 0.4, rump_sp(7), as fixed records: little endian, every offset asserted.
//
// The server speaks first: a text banner that ends in a newline, at most kMaxBanner bytes:
//
//     RUMPSP-0.4-<ostype>-<osrelease>/<machine>[ farcall/<version>]\n
//
// The part in brackets is ours: stock clients read the banner to its newline and do not look at it;
// a Farcall client that sees it may use the frames marked "Farcall" below. Afterwards both sides
// send frames: a FrameHeader, then `length - sizeof(FrameHeader)` bytes of body. docs/PROTOCOL.md
// is the specification; this file is its layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace farcall::sysproxy {

inline constexpr std::size_t kMaxBanner = 96;
inline constexpr char kBannerPrefix[] = "RUMPSP-0.4-";
inline constexpr char kBannerMark[] = " farcall/1";

enum class FrameClass : std::uint16_t { request = 0, response = 1, error = 2 };

enum class FrameType : std::uint16_t {
  handshake = 0,   ///< client to server; body: the program's name (guest, exec) or ForkHandshake;
                   ///< answered by i32 error
  syscall = 1,     ///< client to server; body: the argument slots; answered by SyscallResponse
  copyin = 2,      ///< server to client; body: CopyRequest; answered by that many bytes
  copyinstr = 3,   ///< server to client; body: CopyRequest (length: the most to read); answered by
                   ///< the string
  copyout = 4,     ///< server to client; body: CopyRequest, then the bytes; not answered
  copyoutstr = 5,  ///< as copyout
  anonmmap = 6,    ///< server to client; body: u64 length; answered by u64 address, 0 for failure
  prefork = 7,     ///< client to server; no body; answered by ForkCookie
  raise =
      8,  ///< server to client; FrameHeader::detail is the signal (NetBSD's number); not answered
  interrupt = 9,      ///< Farcall, client to server: the syscall with this request number shall end
                      ///< with EINTR; no body, not answered; of no effect when that call has ended
  hello = 10,         ///< Farcall, client to server: body: Hello (proto/hello.proto); answered by
                      ///< HelloAnswer
  channel_open = 11,  ///< Farcall, client to server: a memfd of channel.h comes with it; no body;
                      ///< answered by i32 0
  call = 12,  ///< Farcall, client to server: a syscall with data; body: CallPrefix, the argument
              ///< slots, extents, their bytes with DataMarks; answered by SyscallResponse, extents,
              ///< their bytes
  arena_open = 13,  ///< Farcall, client to server: a memfd of arena.h comes with it; body:
                    ///< arena::Offer; answered by i32 0
  connect = 14,  ///< Farcall, client to server: a socket comes with it, over which the server hands
                 ///< out a further connection; no body; answered by i32 0
};

/// Farcall: the version in a Hello, and the most that its body, or its answer's, may have.
inline constexpr std::uint32_t kHelloVersion = 1;
inline constexpr std::size_t kMaxHello = 1024;

enum class HandshakeKind : std::uint32_t { guest = 0, auth = 1, fork = 2, exec = 3 };

/// What an error frame says in FrameHeader::detail.
enum class WireError : std::uint32_t {
  none = 0,
  try_again = 1,        ///< a limit of the server is reached
  auth = 2,             ///< not before the handshake, or not by this peer
  invalid_prefork = 3,  ///< no such cookie
  rfork_failed = 4,     ///< the kernel makes no more processes
  in_exec = 5,          ///< not between an exec's begin and its handshake
  no_memory = 6,
  malformed = 7,
  version = 8,  ///< Farcall: the server does not speak the Hello's version
};

struct FrameHeader {
  std::uint64_t length;   ///< of the whole frame, this header included
  std::uint64_t request;  ///< number that the requester chose; a response repeats it
  FrameClass frame_class;
  FrameType type;
  std::uint32_t
      detail;  ///< syscall number, HandshakeKind, WireError or signal, as type and class say
};
static_assert(sizeof(FrameHeader) == 24 && std::is_trivially_copyable_v<FrameHeader>);
static_assert(offsetof(FrameHeader, request) == 8);
static_assert(offsetof(FrameHeader, frame_class) == 16);
static_assert(offsetof(FrameHeader, type) == 18);
static_assert(offsetof(FrameHeader, detail) == 20);

/// Farcall: bit 63 of a client's request numbers is set, bit 62 is not; bits 50 to 61 say on which
/// CPU the request was made, plus 1 (0: not said), for a server on the same machine.
inline constexpr std::uint64_t kClientRequest = std::uint64_t{1} << 63;
inline constexpr unsigned kRequestCpuShift = 50;
inline constexpr std::uint64_t kRequestCpuMask = 0xfff;

/// That CPU plus 1, 0: not said.
constexpr unsigned request_cpu(std::uint64_t request) {
  return request >> 62 == 2 ? request >> kRequestCpuShift & kRequestCpuMask : 0;
}

struct CopyRequest {
  std::uint64_t length;
  std::uint64_t address;
};
static_assert(sizeof(CopyRequest) == 16);

/// Farcall: what a `call` begins with (farcall/call_data.h has the extents), and what follows each
/// kDataSegment bytes of its data, and the last ones, also when there are none.
struct CallPrefix {
  std::uint32_t arguments;  ///< at most 8
  std::uint32_t extents;    ///< at most kMaxExtents
};
struct DataMark {
  std::uint32_t good;  ///< 1: the bytes before it are what memory has; 0: some of it is bad
  std::uint32_t pad;
};
static_assert(sizeof(CallPrefix) == 8 && sizeof(DataMark) == 8);
inline constexpr std::size_t kDataSegment = 65536;

/// How many marks `size` bytes of data have.
constexpr std::uint64_t marks_of(std::uint64_t size) {
  return size == 0 ? 1 : (size - 1) / kDataSegment + 1;
}

struct SyscallResponse {
  std::int32_t error;     ///< NetBSD errno, 0 for success
  std::uint32_t extents;  ///< of output, in the answer to a `call`; else 0
  std::int64_t result[2];
};
static_assert(sizeof(SyscallResponse) == 24 && offsetof(SyscallResponse, result) == 8);

struct ForkCookie {
  std::uint32_t word[4];
};

struct ForkHandshake {
  ForkCookie cookie;
  std::int32_t cancel;  ///< not 0: forget the prefork, no child will come
};
static_assert(sizeof(ForkHandshake) == 20);

}  // namespace farcall::sysproxy
