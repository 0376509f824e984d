// A channel: memory that one thread of a client and one thread of the server share, for one system
// call at a time: a page, and an area for data that crosses with the call. docs/PROTOCOL.md,
// section 9, is the specification; this file is its layout.
//
// It is a memfd of kChannelSize bytes, sealed against shrinking and growing, which the client
// fills with zeros but for the header and offers with a frame `channel_open`. Each side writes only
// its own part, and trusts nothing that the other one wrote: it copies, checks, and uses the copy.
//
//     client: fill in the request; request.state = next sequence number (release); full fence;
//             if response.server_sleeps: FUTEX_WAKE(request.state).
//     server: sees request.state change (acquire), executes, fills in the response,
//             response.state = that number (release); full fence;
//             if request.client_sleeps: ++response.bell, FUTEX_WAKE(response.bell);
//             or, when it is kAwaitsEvent, signal the eventfd that came with the channel.
//     who sleeps: read the word to wait on; sleeps = 1; full fence; look again at all that could
//             have happened; FUTEX_WAIT(word, what was read); sleeps = 0.
//
// The futexes are shared ones (not FUTEX_PRIVATE_FLAG). The server waits on request.state, the
// client on response.bell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "farcall/call_data.h"

namespace farcall::channel {

inline constexpr std::size_t kAreaOffset = 4096;
inline constexpr std::size_t kAreaSize = std::size_t{64} << 10;
inline constexpr std::size_t kChannelSize = kAreaOffset + kAreaSize;
inline constexpr std::uint64_t kMagic = 0x314c'4e48'4343'5246;  // "FRCCHNL1"
inline constexpr std::uint32_t kVersion = 2;

/// The state before the first request. Sequence numbers count up from kFirst to kLast and begin
/// anew.
inline constexpr std::uint32_t kNone = 0;
inline constexpr std::uint32_t kFirst = 1;
inline constexpr std::uint32_t kLast = 0xffff'fffe;
/// As request.state: the client has no more calls for this channel; the server ends its thread.
inline constexpr std::uint32_t kClosed = 0xffff'ffff;

/// As request.client_sleeps: the server is to ring the bell, or to signal the channel's eventfd.
/// Any other value than 0 is as kSleeps.
inline constexpr std::uint32_t kSleeps = 1;
inline constexpr std::uint32_t kAwaitsEvent = 2;

/// As request.number, where events were granted: no system call, but an `interrupt` of the call
/// whose request number is the first argument. Answered at once.
inline constexpr std::int32_t kInterrupt = 0x7fff'ffff;

/// As the detail of a frame `channel_open`: an eventfd comes behind the memfd.
inline constexpr std::uint32_t kWithEvent = 1;

/// Bits that a request number of a call in a channel has, so that it is no other call's number.
inline constexpr std::uint64_t kRequestBits = std::uint64_t{3} << 62;

/// Written by the client before it offers the page, and not changed after that.
struct Header {
  std::uint64_t magic;    ///< kMagic
  std::uint32_t version;  ///< kVersion
  std::uint32_t size;     ///< kChannelSize
};

/// Written by the client. Its first cache line is all that a call with up to four arguments needs.
struct Request {
  std::uint32_t state;          ///< written last; kNone, a sequence number, or kClosed
  std::uint32_t client_sleeps;  ///< 0, kSleeps or kAwaitsEvent: what is to be done with an answer
  std::int32_t number;          ///< of the system call
  std::uint8_t argument_count;  ///< at most 8
  std::uint8_t input_extents;   ///< at most kMaxExtents
  std::uint16_t cpu;            ///< where the calling thread runs, as getcpu(2) says
  std::uint64_t request;        ///< names the call in `interrupt`, `raise` and other frames
  std::uint64_t argument[8];    ///< those from argument_count on are not looked at
};

/// Written by the server.
struct Response {
  std::uint32_t state;          ///< written last; the sequence number that it answers
  std::uint32_t server_sleeps;  ///< 1: the server sleeps, or is about to, on request.state
  std::uint32_t bell;           ///< changes when the server wakes the client
  /// Counts up when the server has sent a frame that no call awaits (`raise`, `anonmmap`), so that
  /// a client whose threads all wait in channels reads its connection.
  std::uint32_t attention;
  std::int32_t error;      ///< NetBSD errno, 0 for success
  std::uint32_t signal;    ///< NetBSD number of a signal that the call raised, 0 for none
  std::int64_t result[2];  ///< valid when error is 0
  /// 1: the server has left the channel; a call without an answer gets none. The answer comes
  /// first.
  std::uint32_t closed;
  /// The CPU that the last answer came from, and 1: while the server does not sleep, a client that
  /// runs on it had better sleep than spin. 0: not known.
  std::uint32_t server_cpu;
  std::uint32_t output_extents;  ///< at most kMaxExtents
  std::uint32_t pad;
};

/// What the call reads lies in the area from its beginning on, in the order of `input`; what it
/// writes behind that, from output_begin() on.
struct Page {
  alignas(64) Header header;
  alignas(64) Request request;
  alignas(64) Response response;
  alignas(64) DataExtent input[kMaxExtents];   ///< written by the client
  alignas(64) DataExtent output[kMaxExtents];  ///< written by the server
};

/// Where in the area a call's output begins that has so many bytes of input.
constexpr std::size_t output_begin(std::size_t input) { return (input + 63) / 64 * 64; }

static_assert(std::is_trivially_copyable_v<Page> && sizeof(Page) <= kAreaOffset);
static_assert(sizeof(Header) == 16 && offsetof(Header, version) == 8 &&
              offsetof(Header, size) == 12);
static_assert(offsetof(Page, request) == 64 && sizeof(Request) == 88);
static_assert(offsetof(Request, client_sleeps) == 4 && offsetof(Request, number) == 8);
static_assert(offsetof(Request, argument_count) == 12 && offsetof(Request, input_extents) == 13 &&
              offsetof(Request, cpu) == 14);
static_assert(offsetof(Request, request) == 16 && offsetof(Request, argument) == 24);
static_assert(offsetof(Page, response) == 192 && sizeof(Response) == 56);
static_assert(offsetof(Response, server_sleeps) == 4 && offsetof(Response, bell) == 8);
static_assert(offsetof(Response, attention) == 12 && offsetof(Response, error) == 16);
static_assert(offsetof(Response, signal) == 20 && offsetof(Response, result) == 24 &&
              offsetof(Response, closed) == 40 && offsetof(Response, server_cpu) == 44 &&
              offsetof(Response, output_extents) == 48);
static_assert(offsetof(Page, input) == 256 && offsetof(Page, output) == 768);

}  // namespace farcall::channel
