// The Internet's checksum (RFC 1071). The library's own adds 16 bits at a time, which takes longer
// than all else that happens to a segment on lo0; adding 32 bits to 64 takes a fifth of that.
#include <cstring>

#include "kernel/net/lwip.h"

namespace {

std::uint64_t word_at(const std::uint8_t* from) {
  std::uint32_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

std::uint64_t folded(std::uint64_t sum) { return (sum & 0xffff) + (sum >> 16); }

}  // namespace

/// The sum in one's complement of the 16-bit words from `data` on, as they lie in memory; a last
/// byte alone has a zero behind it.
FARCALL_REPLACES_LWIP u16_t lwip_standard_chksum(const void* data, int size) {
  const auto* at = static_cast<const std::uint8_t*>(data);
  std::uint64_t even = 0;
  std::uint64_t odd = 0;  // two chains of additions, of which neither waits for the other
  for (; size >= 16; size -= 16, at += 16) {
    even += word_at(at) + word_at(at + 8);
    odd += word_at(at + 4) + word_at(at + 12);
  }
  even += odd;
  for (; size >= 4; size -= 4, at += 4) even += word_at(at);
  std::uint8_t rest[4] = {};
  std::memcpy(rest, at, static_cast<std::size_t>(size));
  even += word_at(rest);
  return static_cast<u16_t>(folded(folded(folded(folded(even)))));
}
