// An arena: memory that a client shares with the server for its buffers (farcall/buffers.h), so
// that data in it need not be copied between the two. docs/PROTOCOL.md, section 11, is the
// specification; this file is its layout.
//
// It is a memfd of whole pages, sealed against shrinking and growing, which the client offers once
// with a frame `arena_open`: a header, a word for each page of the arena, and the pages of the
// buffers. Header and words are the server's to write, but for `sleepers`, and the server never
// uses what it reads there. The client may change the buffers at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace farcall::arena {

inline constexpr std::size_t kPage = 4096;
/// The least and the most that an arena has. The server's limit may be lower.
inline constexpr std::size_t kLeastSize = 16 * kPage;
inline constexpr std::size_t kMostSize = std::size_t{1} << 30;

/// A flag of send(2)'s and its relatives, beside NetBSD's MSG_*: the kernel may keep what the call
/// sends where it is, in the arena, until it needs it no more. Where that cannot be the flag has no
/// effect.
inline constexpr int kMsgLend = 0x0080'0000;

/// The body of `arena_open`.
struct Offer {
  std::uint64_t address;  ///< where the client has it mapped; a multiple of kPage
  std::uint64_t size;     ///< of the memfd
};
static_assert(sizeof(Offer) == 16);

/// The arena's first page.
struct Header {
  /// Grows with every loan that ends; the client's futex, a shared one.
  std::uint32_t bell;
  /// The client's: not 0 while it sleeps, or is about to.
  std::uint32_t sleepers;
  /// Bytes that the kernel has borrowed since the arena was opened.
  std::uint64_t lent;
  /// Bytes that calls have copied from and to the arena in place, without the client's memory.
  std::uint64_t copied;
};
static_assert(sizeof(Header) == 24 && std::is_trivially_copyable_v<Header>);

/// A word for each page of the arena, the first ones included: how many loans begin there.
using Loans = std::uint32_t;
inline constexpr std::size_t kLoansOffset = kPage;

/// Where the buffers begin.
constexpr std::size_t buffers_offset(std::size_t size) {
  const std::size_t words = size / kPage * sizeof(Loans);
  return kLoansOffset + (words + kPage - 1) / kPage * kPage;
}

}  // namespace farcall::arena
